import { type ConfigSnapshot, presentDocument, redact } from '../../config/index.ts'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { adapterCapability, agentRunner, capabilityOf, mergedWith } from '../adapters.ts'
import { type Env, environmentSettings } from '../environment.ts'
import { chatEntryOf } from '../stored-entries.ts'
import { idOf, objectsOf } from './lists.ts'

/** The providers of a configuration as they are shown, before anything is masked. */
export interface ShownProviders {
  sources: JsonObject[]
  /** The same by id: with hundreds of providers, looking through the list for each would take longer than all the rest. */
  sourceById: ReadonlyMap<string, JsonObject>
  /** With the marks that only answers have, in stored order; those of the environment come last. */
  providers: JsonObject[]
}

/** Works the lists of a configuration out, once for each state of it. */
export function createViews(env: Env) {
  let known: { config: ConfigSnapshot; shown: ShownProviders } | undefined
  return (config: ConfigSnapshot): ShownProviders => {
    if (known?.config !== config) known = { config, shown: shownOf(config, env) }
    return known.shown
  }
}

function shownOf(config: ConfigSnapshot, env: Env): ShownProviders {
  const sources = fitting(config.provider_sources).map(source => ({ ...source, id: idOf(source) }))
  const sourceById = new Map(sources.toReversed().map((source): [string, JsonObject] => [source.id, source]))
  const stored = fitting(config.provider).map(provider => {
    const broken = problemOf(provider, boundSource(provider, sourceById), config, env)
    const shown: JsonObject = { ...provider, id: idOf(provider), enable: provider.enable !== false }
    if (provider.provider_source_id) delete shown.reasoning
    return broken === undefined ? shown : { ...shown, load_error: broken }
  })
  const ids = new Set(stored.map(idOf))
  const given = environmentSettings(env).filter(entry => !ids.has(idOf(entry)))
  return { sources, sourceById, providers: [...stored, ...given.map(entry => ({ ...entry, origin: 'environment' }))] }
}

/** The entries of a list, of the types that the contract promises, whatever a file holds. */
function fitting(list: ConfigSnapshot['provider']): JsonObject[] {
  const entries = objectsOf(list).map(entry => withKeyList(entry))
  const presented = presentDocument({ provider: entries }).provider
  return Array.isArray(presented) ? objectsOf(presented).map((entry, i) => asStored(entry, entries[i] ?? {})) : []
}

/** Null, numbers however they are written and headers of any kind are promised, too: they are shown as they are stored. */
function asStored(presented: JsonObject, stored: JsonObject): JsonObject {
  const shown: [string, Json][] = []
  for (const [key, value] of Object.entries(stored)) {
    const fit = presented[key]
    const same = value === null || (typeof fit === 'number' && isSameNumber(value, fit)) || isHeaders(key, value)
    if (same || fit !== undefined) shown.push([key, same ? value : (fit ?? value)])
  }
  return Object.fromEntries(shown)
}

function isHeaders(key: string, value: Json): boolean {
  return key === 'custom_headers' && isJsonObject(value) && Object.values(value).every(item => typeof item !== 'object')
}

function isSameNumber(stored: Json, number: number): boolean {
  return typeof stored === 'number' || (typeof stored === 'string' && decimal.test(stored) && Number(stored) === number)
}

const decimal = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)\s*$/

/** A single key in place of the list is understood, so it is shown, too. */
function withKeyList(entry: JsonObject): JsonObject {
  return typeof entry.key === 'string' ? { ...entry, key: entry.key === '' ? [] : [entry.key] } : entry
}

/** Why an enabled provider cannot be used, or undefined. */
function problemOf(
  provider: JsonObject,
  source: JsonObject | undefined,
  config: ConfigSnapshot,
  env: Env,
): string | undefined {
  if (provider.enable === false) return undefined
  const capability = capabilityOf(provider, source)
  if (capability === agentRunner) return undefined
  const merged = mergedWith(source, provider)
  if (capability === 'chat_completion') {
    const entry = chatEntryOf(idOf(provider), merged, config, env)
    return typeof entry === 'string' ? entry : undefined
  }
  const type = typeof merged.type === 'string' ? merged.type : ''
  if (type === '') return 'it has no type'
  return adapterCapability(type) ? undefined : `no adapter for the type ${type}`
}

/** A provider with the settings of its source filled in. */
export function mergedView(provider: JsonObject, { sourceById }: ShownProviders): JsonObject {
  return mergedWith(boundSource(provider, sourceById), provider)
}

/** The source that a provider is bound to. */
export function boundSource(
  { provider_source_id: id }: JsonObject,
  sourceById: ReadonlyMap<string, JsonObject>,
): JsonObject | undefined {
  return typeof id === 'string' && id !== '' ? sourceById.get(id) : undefined
}

/** Entries as API keys see them. */
export function masked<T extends JsonObject>(list: readonly T[], pepper: string): T[] {
  const shown = redact({ provider: [...list] }, pepper).provider
  return Array.isArray(shown) ? (shown.filter(isJsonObject) as T[]) : []
}
