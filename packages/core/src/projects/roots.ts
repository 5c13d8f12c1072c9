import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { keyUser } from '../chat/index.ts'
import { webchatUmo } from '../umo.ts'
import { workspacesFolder } from './own-data.ts'
import type { ProjectRow } from './store.ts'

const longest = 180

/**
 * The folder of a message origin (UMO) among the workspaces: AstrBot's name for it, and a hash behind it where that name
 * could be another origin's as well, or is too long for a file system.
 *
 * @example workspaceName('webchat:FriendMessage:webchat!alice!1') // 'webchat_FriendMessage_webchat_alice_1'
 */
export function workspaceName(umo: string): string {
  const name = umo.replace(/[^A-Za-z0-9._-]+/g, '_')
  const isItsOwn = umo.split(/[:!]/).every(part => /^[A-Za-z0-9.-]+$/.test(part))
  if (isItsOwn && name.length <= longest) return name
  // No origin's plain name has a tilde.
  return `${name.slice(0, longest)}~${createHash('sha256').update(umo).digest('hex').slice(0, 16)}`
}

/** The folder that is shown as a project's workspace. It need not exist yet. */
export function workspaceRoot(dataDir: string, project: ProjectRow): string {
  const folder = workspacesFolder(dataDir)
  if (project.workspace_type === 'custom' && project.workspace_path !== null) return project.workspace_path
  if (project.workspace_type === 'project') return join(folder, `project_${project.project_id}`)
  return join(folder, workspaceName(sampleOrigin(project)))
}

/** The folder a project's sessions share, in full; null when each has its own, or when it cannot be found. */
export async function sharedWorkspace(dataDir: string, project: ProjectRow): Promise<string | null> {
  if (project.workspace_type === 'session') return null
  const root = workspaceRoot(dataDir, project)
  return project.workspace_type === 'custom' ? realpath(root).catch(() => null) : root
}

/**
 * Where every session has a folder of its own, a session `default` stands for them, as in AstrBot. That of a key is
 * nobody's: user names and session ids have no `!`.
 */
function sampleOrigin({ creator, api_key_id }: ProjectRow): string {
  return webchatUmo(api_key_id === null ? creator : `${keyUser(api_key_id)}!${creator}`, 'default')
}
