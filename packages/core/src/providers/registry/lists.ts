import { findEntry } from '../../config/index.ts'
import type { JsonObject, ReadonlyJson } from '../../json.ts'

export { findEntry, idOf, objectsOf, putEntry } from '../../config/index.ts'

/** The source that a provider is bound to. */
export function sourceOf(provider: JsonObject, sources: readonly ReadonlyJson[]): JsonObject | undefined {
  const { provider_source_id: id } = provider
  return typeof id === 'string' && id !== '' ? findEntry(sources, id) : undefined
}
