import { isJsonObject, type JsonObject, type ReadonlyJsonObject } from '../../json.ts'
import { invalid } from '../../validation.ts'
import { isMask, unmask } from './redact.ts'

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
  const problems: { path: string; reason: string }[] = []
  const sources = known.map(entry => ({ [list]: [entry] }))
  const refuse = (path: string, reason: string) => problems.push({ path: path.slice(list.length + 1), reason })
  const open = unmask({ [list]: [settings] }, { sources, pepper, byKey, refuse })
  if (problems[0]) throw invalid(`${at}.${problems[0].path}`, problems[0].reason)
  const [entry] = open[list] as [T]
  if (byKey && JSON.stringify(entry) !== JSON.stringify(settings)) refuseNewAddress(settings, known, at, list)
  return entry
}

/**
 * Refuses settings that lead the secrets of others to an address of the caller's choice.
 * @param known the entries whose secrets would travel
 */
function refuseNewAddress(
  settings: JsonObject,
  known: readonly JsonObject[],
  at: string,
  list: UnmaskOptions['list'],
): void {
  const moved = changedAddress(settings, known, list)
  if (moved !== undefined) throw secretsStay(`${at}.${moved}`)
}

/** The first setting that leads to an address which none of these entries has. */
export function changedAddress(
  settings: JsonObject,
  known: readonly ReadonlyJsonObject[],
  list: UnmaskOptions['list'],
): string | undefined {
  return Object.keys(settings).find(
    key =>
      addresses[list].test(key) &&
      settings[key] !== '' &&
      settings[key] !== null &&
      !known.some(entry => entry[key] === settings[key]),
  )
}

/** The first place of a document in which an address is another one than before, while a mask beside it stands for the old secret. */
export function addressBesideMask(sent: JsonObject, stored: ReadonlyJsonObject, path = ''): string | undefined {
  const entries = Object.entries(sent)
  const masked = entries.some(([, value]) => [value].flat().some(isMask))
  const moved = masked ? changedAddress(sent, [stored], 'provider') : undefined
  if (moved !== undefined) return `${path}${moved}`
  for (const [key, value] of entries) {
    const before = stored[key]
    if (!isJsonObject(value)) continue
    const below = addressBesideMask(value, isJsonObject(before) ? before : {}, `${path}${key}.`)
    if (below !== undefined) return below
  }
  return undefined
}

/** Why a secret that a caller cannot see is not sent to another address. */
export const secretStays = 'to change where a secret is sent, send the secret itself, not its redacted value'

export function secretsStay(path: string): Error {
  return invalid(path, secretStays)
}
