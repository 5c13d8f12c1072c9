import type { JsonObject } from '../json.ts'

/** Which family of API an endpoint speaks. */
export type ApiFamily = 'openai' | 'responses' | 'anthropic' | 'google'

/** A chat model that can be reached: one stored provider merged with its source, or what the environment names. */
export interface ProviderEntry {
  id: string
  /** Adapter type as configurations name it, e.g. `openai_chat_completion`. */
  kind: string
  origin: 'environment' | 'stored'
  api: ApiFamily
  model: string
  /** Without trailing slash. Where it ends depends on the family: OpenAI's includes `/v1`, the others' have no version. */
  baseUrl: string
  /** Used in turn; empty when the endpoint wants none. */
  keys: string[]
  /** The key travels as `Authorization: Bearer` where the family has another custom. */
  bearer: boolean
  headers: Record<string, string>
  /** Joins the body of every request. */
  extraBody: JsonObject
  /** Longest silence, before the first byte and between two pieces. */
  timeoutMs: number
  /** `http://[user:password@]host:port`, or empty. */
  proxy: string
  /** What the model takes, of `text`, `image`, `audio`, `tool_use`; empty for everything. */
  modalities: readonly string[]
  /** Input tokens that fit; 0 when only the model's name can tell. */
  maxContextTokens: number
  /** Keys that only this kind of adapter knows, e.g. `gm_safety_settings`. */
  options: JsonObject
}
