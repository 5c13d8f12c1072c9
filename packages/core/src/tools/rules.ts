import { isJsonObject, type Json } from '../json.ts'
import { globalScope, type Preferences } from '../preferences/index.ts'

const disabledKey = 'inactivated_llm_tools'
const permissionsKey = 'tool_permissions'

export type ToolPermission = 'admin' | 'member'

/** What the operator decided about tools, by their names. */
export interface ToolRules {
  disabled: ReadonlySet<string>
  /** Who may use a tool; members when absent. */
  permissions: ReadonlyMap<string, ToolPermission>
}

/** Reads the rules as they are now. */
export async function readRules(preferences: Preferences): Promise<ToolRules> {
  const [disabled, permissions] = await Promise.all([
    preferences.get(globalScope, disabledKey),
    preferences.get(globalScope, permissionsKey),
  ])
  const byTool = isJsonObject(permissions) ? permissions['_default'] : undefined
  return {
    disabled: new Set(namesIn(disabled)),
    permissions: new Map(
      Object.entries(isJsonObject(byTool) ? byTool : {}).flatMap(([name, permission]) =>
        permission === 'admin' || permission === 'member' ? [[name, permission]] : [],
      ),
    ),
  }
}

/** Switches a tool on or off for everybody. */
export async function setEnabled(preferences: Preferences, name: string, enabled: boolean): Promise<void> {
  await preferences.change(globalScope, disabledKey, value => {
    const others = namesIn(value).filter(other => other !== name)
    return enabled ? others : [...others, name]
  })
}

/** Says who may use a tool. */
export async function setPermission(preferences: Preferences, name: string, permission: ToolPermission): Promise<void> {
  await preferences.change(globalScope, permissionsKey, value => {
    const all = isJsonObject(value) ? value : {}
    const byTool = isJsonObject(all['_default']) ? all['_default'] : {}
    return { ...all, _default: { ...byTool, [name]: permission } }
  })
}

function namesIn(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter(name => typeof name === 'string') : []
}
