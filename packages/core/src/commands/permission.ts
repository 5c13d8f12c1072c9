import { isJsonObject, type Json } from '../json.ts'
import type { Visit } from '../pipeline/index.ts'
import { globalScope, type Preferences } from '../preferences/index.ts'
import { builtInPlugin, type Command, type Permission } from './command.ts'

const permissions: ReadonlySet<unknown> = new Set<Permission>([
  'everyone',
  'admin',
  'group_admin',
  'shared_group_admin',
])

/** Why somebody may not use a command; undefined when it is allowed. */
export async function refusal(
  preferences: Pick<Preferences, 'get'>,
  command: Command,
  visit: Visit,
): Promise<string | undefined> {
  const permission = permissionOf(command, visit, await preferences.get(globalScope, 'alter_cmd'))
  if (visit.role === 'admin' || !needsAdmin(permission, visit)) return undefined
  const { id } = visit.message.sender
  if (command.name !== 'reset') return `您(ID: ${id})的权限不足以使用此指令。通过 /sid 获取 ID 并请管理员添加。`
  return (
    `Reset command requires admin permission in ${sceneName(visit)} scenario, ` +
    `you (ID ${id}) are not admin, cannot perform this action.`
  )
}

/** The permission in force: as somebody changed it, for `reset` also as older versions stored it, or else its own. */
export function permissionOf(command: Command, visit: Visit, changes: Json | undefined): Permission {
  const changed = known(at(changes, builtInPlugin, command.name, 'permission'))
  if (changed) return changed
  const older = command.name === 'reset' ? known(at(changes, 'astrbot', 'reset', sceneKey(visit))) : undefined
  return older ?? command.permission
}

function needsAdmin(permission: Permission, visit: Visit): boolean {
  if (permission === 'everyone' || permission === 'admin') return permission === 'admin'
  if (visit.message.type !== 'GroupMessage') return false
  return permission === 'group_admin' || !visit.config.platform_settings.unique_session
}

function known(value: Json | undefined): Permission | undefined {
  if (value === 'member') return 'everyone'
  return permissions.has(value) ? (value as Permission) : undefined
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((found, key) => (isJsonObject(found) ? found[key] : undefined), value)
}

function sceneKey({ message, config }: Visit): string {
  if (message.type !== 'GroupMessage') return 'private'
  return config.platform_settings.unique_session ? 'group_unique_on' : 'group_unique_off'
}

function sceneName({ message, config }: Visit): string {
  if (message.type !== 'GroupMessage') return '私聊'
  return config.platform_settings.unique_session ? '群聊+会话隔离开启' : '群聊+会话隔离关闭'
}
