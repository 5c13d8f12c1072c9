import { isJsonObject, type Json, type JsonObject, type ReadonlyJson } from '../json.ts'

/** The id of an entry of a list (bots, providers, sources); files in the field hold numbers too. */
export function idOf(entry: ReadonlyJson): string {
  if (typeof entry !== 'object' || entry === null || !('id' in entry)) return ''
  const { id } = entry
  return typeof id === 'string' || typeof id === 'number' ? String(id) : ''
}

/** The entries of a list that are objects at all. */
export function objectsOf(list: readonly ReadonlyJson[]): JsonObject[] {
  return list.filter((item): item is JsonObject => isJsonObject(item))
}

export function findEntry(list: readonly ReadonlyJson[], id: string): JsonObject | undefined {
  return objectsOf(list).find(entry => idOf(entry) === id)
}

/** Puts an entry in the place of the one with that id, or at the end. */
export function putEntry(list: Json[], id: string, entry: JsonObject): void {
  const at = list.findIndex(item => isJsonObject(item) && idOf(item) === id)
  if (at < 0) list.push(entry)
  else list[at] = entry
}
