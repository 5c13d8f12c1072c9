import type { JsonObject } from '../../json.ts'
import { invalid } from '../../validation.ts'
import { unmask } from './redact.ts'

/** Settings that decide where a secret travels, by the list of the document that they stand in. */
const addresses = {
  provider: /(^|_)(api_base|base_url|host|proxy|endpoint|region|suffix)$/,
  provider_sources: /(^|_)(api_base|base_url|host|proxy|endpoint|region|suffix)$/,
  platform: /(^|_)(url|endpoint|proxy|domain|bind_host)$/,
} as const

export interface UnmaskOptions {
  list: keyof typeof addresses
  /** What the secrets behind masks may be taken from: the entry itself as it stands, and its source. */
  known: readonly JsonObject[]
  /** See `redact`. */
  pepper: string
  /** Where the settings stand in the request. */
  at?: string
  /** Whoever may not see secrets may not send them to another address either. */
  byKey: boolean
}

/**
 * Settings in which the masks that API keys see are the secrets again.
 * @throws validation_failed for a mask that stands for nothing, and when a caller who cannot see a secret changes where
 * it goes
 */
export function unmaskSettings<T extends JsonObject>(settings: T, options: UnmaskOptions): T {
  const { list, known, pepper, byKey, at = 'body.config' } = options
  const problems: string[] = []
  const sources = known.map(entry => ({ [list]: [entry] }))
  const open = unmask({ [list]: [settings] }, sources, pepper, path => problems.push(path.slice(list.length + 1)))
  if (problems[0] !== undefined)
    throw invalid(`${at}.${problems[0]}`, 'this redacted value stands for no stored secret')
  const [entry] = open[list] as [T]
  if (byKey && JSON.stringify(entry) !== JSON.stringify(settings)) refuseNewAddress(settings, known, at, list)
  return entry
}

/**
 * Refuses settings that lead the secrets of others to an address of the caller's choice.
 * @param known the entries whose secrets would travel
 */
export function refuseNewAddress(
  settings: JsonObject,
  known: readonly JsonObject[],
  at = 'body.config',
  list: UnmaskOptions['list'] = 'provider',
): void {
  const moved = Object.keys(settings).find(
    key =>
      addresses[list].test(key) &&
      settings[key] !== '' &&
      settings[key] !== null &&
      !known.some(entry => entry[key] === settings[key]),
  )
  if (moved === undefined) return
  throw invalid(`${at}.${moved}`, 'to change where a secret is sent, send the secret itself, not its redacted value')
}
