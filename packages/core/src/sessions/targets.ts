import { AstrBotError } from '../errors.ts'
import type { Store } from '../store/index.ts'
import { invalid } from '../validation.ts'
import type { SessionGroups } from './groups.ts'
import { selectSessions } from './store.ts'

/** Which sessions a change is for: `umos` wins over `scope`, which wins over `umo`. Null and empty count as absent. */
export interface SessionTargets {
  umo?: string | null
  umos?: readonly string[] | null
  scope?: 'all' | 'group' | 'private' | 'custom_group' | 'selected' | null
  /** With the scope `custom_group`. */
  group_id?: string | null
}

/**
 * The sessions a change is for.
 * @throws validation_failed when none is named, session_group_not_found, session_not_found when a scope holds none
 */
export async function targetsOf(
  { db, dialect }: Pick<Store, 'db' | 'dialect'>,
  groups: SessionGroups,
  targets: SessionTargets,
): Promise<string[]> {
  const { umo, umos, scope, group_id } = targets
  if (umos && umos.length > 0) return [...new Set(umos)]
  if (!scope || scope === 'selected') {
    if (umo && !scope) return [umo]
    throw invalid(scope ? 'body.umos' : 'body', 'expected at least one session')
  }
  if (scope === 'custom_group' && !group_id) throw invalid('body.group_id', 'expected with the scope custom_group')
  const found =
    scope === 'custom_group' && group_id
      ? await groups.members(group_id)
      : await selectSessions(db, dialect, 'known', scope === 'group' || scope === 'private' ? { kind: scope } : {})
  if (found.length === 0) throw new AstrBotError('session_not_found', { id: `(${scope})` })
  return found
}
