import { isJsonObject, type Json, type JsonObject } from '../json.ts'

// What these hold depends on a neighbour (`runner_type`), so the defaults cannot complete them.
const open = new Set(['agent_runner.config'])

/**
 * A document with every key of `defaults`, each with a value of the default's kind. Missing, null and unusable values
 * become the default, numbers in quotes become numbers, unknown keys stay behind the known ones. Changes neither argument.
 */
export function conform(defaults: Readonly<JsonObject>, document: JsonObject, path = ''): JsonObject {
  const result: JsonObject = {}
  for (const [key, fallback] of Object.entries(defaults)) result[key] = fit(fallback, document[key], path + key)
  for (const [key, value] of Object.entries(document))
    if (!Object.hasOwn(defaults, key) && key !== '__proto__') result[key] = structuredClone(value)
  return result
}

function fit(fallback: Json, value: Json | undefined, path: string): Json {
  if (isJsonObject(fallback)) {
    if (!isJsonObject(value)) return structuredClone(fallback)
    return open.has(path) ? structuredClone(value) : conform(fallback, value, `${path}.`)
  }
  if (Array.isArray(fallback)) return structuredClone(Array.isArray(value) ? value : fallback)
  if (typeof value === typeof fallback) return value ?? fallback
  if (
    typeof fallback === 'number' &&
    typeof value === 'string' &&
    value.trim() !== '' &&
    Number.isFinite(Number(value))
  )
    return Number(value)
  if (typeof fallback === 'string' && typeof value === 'number') return String(value)
  return fallback
}
