import { AstrBotError } from '../errors.ts'

/** The scopes a key gets when none are named. */
export const defaultScopes = [
  'bot',
  'provider',
  'persona',
  'im',
  'config',
  'chat',
  'data',
  'file',
  'plugin',
  'mcp',
  'skill',
] as const

/** Scopes that are never implied and need their parent beside them. */
const parents: Readonly<Record<string, string>> = { 'config:edit_admin': 'config', 'chat:admin': 'chat' }

/** What a scope brings along. */
const implied: Readonly<Record<string, readonly string[]>> = { config: ['bot', 'provider'] }

const grantable: ReadonlySet<string> = new Set([...defaultScopes, ...Object.keys(parents)])

/** True for what a key may hold. `system`, `tool` and `kb` are for dashboard tokens alone. */
export function isGrantable(scope: string): boolean {
  return grantable.has(scope)
}

/**
 * The scopes of a new key: as named, without repeats, in order of first appearance, with what they imply at the end.
 * None named (null) means the defaults.
 *
 * @throws AstrBotError `invalid_scopes` naming every scope that does not exist, `scope_required` for an empty list,
 * `scope_needs_parent`.
 * @example normaliseScopes(['config', 'config']) // ['config', 'bot', 'provider']
 */
export function normaliseScopes(named: readonly string[] | null | undefined): string[] {
  if (named === null || named === undefined) return [...defaultScopes]
  const invalid = named.filter(scope => !isGrantable(scope))
  if (invalid.length > 0) throw new AstrBotError('invalid_scopes', { scopes: [...new Set(invalid)].join(', ') })
  if (named.length === 0) throw new AstrBotError('scope_required')
  const scopes = new Set(named)
  for (const scope of named) {
    const parent = parents[scope]
    if (parent !== undefined && !scopes.has(parent)) throw new AstrBotError('scope_needs_parent', { scope, parent })
  }
  for (const scope of named) for (const child of implied[scope] ?? []) scopes.add(child)
  return [...scopes]
}

/** Whether a holder of `held` may do what needs `scope`. `*` grants everything that can be granted to the holder. */
export function grants(held: readonly string[], scope: string): boolean {
  return held.includes('*') || held.includes(scope) || held.some(one => implied[one]?.includes(scope) === true)
}
