import type { ConfigDocument, ConfigSnapshot } from '../document.ts'
import { differences } from './difference.ts'
import type { Warning } from './warnings.ts'

/** What is only read when the server starts. */
const readAtStart = /^(dashboard\.(enable|host|port|ssl)\b|log_|trace_log_)/

/** What a save did, or would do. */
export interface Saved {
  /** Of the document as it stands afterwards. */
  revision: string
  /** Paths of the keys that changed. */
  changed: string[]
  warnings: Warning[]
}

/** The paths that a change touches, and what is to be said about it. */
export function describeChange(
  before: ConfigSnapshot,
  after: ConfigDocument,
  { isDefault, dropped }: { isDefault: boolean; dropped: string[] },
): Omit<Saved, 'revision'> {
  const changed = differences(before, after)
  const warnings: Warning[] = []
  if (dropped.length > 0) warnings.push({ code: 'unknown_key', paths: dropped })
  const later = changed.filter(path => readAtStart.test(path))
  if (isDefault && later.length > 0) warnings.push({ code: 'restart', paths: later })
  const { totp } = after.dashboard
  if (isDefault && totp.enable && (totp.secret === '' || totp.recovery_code_hash === ''))
    warnings.push({ code: 'totp_incomplete' })
  return { changed, warnings }
}
