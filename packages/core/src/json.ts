/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject

/** A JSON object of unknown keys. */
export interface JsonObject {
  [key: string]: Json
}

/** A JSON value that nobody may change. */
export type ReadonlyJson = null | boolean | number | string | readonly ReadonlyJson[] | ReadonlyJsonObject

export interface ReadonlyJsonObject {
  readonly [key: string]: ReadonlyJson
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
