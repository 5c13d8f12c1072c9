import { isJsonObject, type Json, type JsonObject } from '../../json.ts'

/** What stays with the model when an entry of the old kind is divided; everything else is the account's. */
const ofModel = new Set([
  'id',
  'provider_source_id',
  'model',
  'modalities',
  'custom_extra_body',
  'enable',
  'model_config',
])

/**
 * Divides chat providers that still hold their own account into a source and a model, in place. Answers whether there
 * were any.
 */
export function splitProviders(document: JsonObject): boolean {
  const { provider, provider_sources: sources = [] } = document
  if (!Array.isArray(provider) || !Array.isArray(sources)) return false
  const taken = new Set(sources.map(source => (isJsonObject(source) ? source.id : undefined)))
  const added: JsonObject[] = []
  document.provider = provider.map(entry => {
    if (!isJsonObject(entry) || !isUndivided(entry)) return entry
    const sourceId = freeId(`${entry.id}_source`, taken)
    taken.add(sourceId)
    const account = Object.entries(entry).filter(([key]) => !ofModel.has(key))
    added.push({ id: sourceId, ...Object.fromEntries(account) })
    return modelOf(entry, sourceId)
  })
  if (added.length === 0) return false
  document.provider_sources = [...sources, ...added]
  return true
}

function isUndivided(entry: JsonObject): boolean {
  return (
    entry.provider_type === 'chat_completion' &&
    typeof entry.id === 'string' &&
    entry.id !== '' &&
    !entry.provider_source_id
  )
}

function modelOf(entry: JsonObject, sourceId: string): JsonObject {
  const { model: legacyModel, ...legacyBody } = isJsonObject(entry.model_config) ? entry.model_config : {}
  const extra = isJsonObject(entry.custom_extra_body) ? entry.custom_extra_body : {}
  return {
    id: entry.id ?? '',
    enable: entry.enable ?? true,
    provider_source_id: sourceId,
    model: entry.model ?? legacyModel ?? '',
    modalities: entry.modalities ?? [],
    custom_extra_body: { ...legacyBody, ...extra },
  }
}

function freeId(wanted: string, taken: ReadonlySet<Json | undefined>): string {
  let id = wanted
  for (let i = 1; taken.has(id); i++) id = `${wanted}_${i}`
  return id
}
