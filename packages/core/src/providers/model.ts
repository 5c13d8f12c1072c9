import type { JsonObject } from '../json.ts'
import type { Ranked } from './capabilities/rerank/rerank.ts'
import type { Speech } from './capabilities/speak/speech.ts'
import type { Recording } from './capabilities/transcribe/transcribe.ts'

/** An OpenAI-style message, as conversations keep it. */
export type LlmMessage =
  | { role: 'system'; content: string }
  | { role: 'user'; content: string | LlmPart[] }
  | { role: 'assistant'; content: string | null; reasoning_content?: string; tool_calls?: LlmToolCall[] }
  | { role: 'tool'; tool_call_id: string; content: string }

export type LlmPart = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } }

export interface LlmToolCall {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
}

/** Tokens of one model call. */
export interface TokenUsage {
  inputOther: number
  inputCached: number
  output: number
}

/** One step of a model's answer. `finish` comes last, once. */
export type ModelEvent =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'tool_call'; id: string; name: string; args: string }
  | { type: 'finish'; reason: 'stop' | 'length' | 'tool_calls' | 'other'; usage: TokenUsage }

export interface ModelTool {
  name: string
  description: string
  /** JSON Schema. */
  parameters: unknown
}

export interface ModelRequest {
  messages: LlmMessage[]
  tools?: ModelTool[]
  /** False: the answer comes as a whole. */
  streaming: boolean
  signal: AbortSignal
  /** How often a call that failed in passing is made again; twice by default. */
  retries?: number
}

/** A model that answers chats. */
export interface ChatModel {
  readonly providerId: string
  readonly model: string
  /** Input tokens that fit. */
  readonly contextTokens: number
  /** What the model takes, of `text`, `image`, `audio`, `tool_use`; everything when absent or empty. */
  readonly modalities?: readonly string[]
  run(request: ModelRequest): AsyncIterable<ModelEvent>
}

/** The models a bot can reach. */
export interface Providers {
  /** @throws selected_provider_not_found, no_chat_provider */
  chatModel(selected?: { providerId?: string; model?: string }): ChatModel
  list(): {
    id: string
    kind: string
    model: string
    origin: 'environment' | 'stored' | 'built-in'
    isDefault: boolean
  }[]
  /** Loads what the first turn needs, in the background. */
  warmUp(): void
}

/** Everything that providers can do beside chats, by the ids of stored providers. */
export interface ProviderCalls {
  /**
   * One vector for each text.
   * @throws provider_not_found, invalid_provider_type, provider_…
   */
  embed(id: string, texts: readonly string[], signal?: AbortSignal): Promise<number[][]>
  /**
   * The places of the texts, best first, at most `top`.
   * @throws provider_not_found, invalid_provider_type, provider_…
   */
  rerank(id: string, query: string, texts: readonly string[], options?: RerankOptions): Promise<Ranked[]>
  /**
   * What was said in a recording.
   * @throws provider_not_found, invalid_provider_type, provider_…
   */
  transcribe(id: string, recording: Recording, signal?: AbortSignal): Promise<string>
  /**
   * A text, spoken.
   * @throws provider_not_found, invalid_provider_type, provider_…
   */
  speak(id: string, text: string, signal?: AbortSignal): Promise<Speech>
  /**
   * One real, small call; disabled providers are tried, too.
   * @throws provider_not_found, invalid_provider_type for an agent runner, which is no provider any more
   */
  test(id: string): Promise<ProviderTrial>
  /**
   * Length of the vectors that a provider makes.
   * @param settings laid over the stored ones
   * @throws provider_not_found, invalid_provider_type, upstream_failed, upstream_timeout
   */
  dimension(id: string, settings?: JsonObject, signal?: AbortSignal): Promise<number>
  /**
   * The chat models that a source offers.
   * @throws provider_source_not_found, invalid_provider_source, upstream_failed, upstream_timeout
   */
  models(sourceId: string, signal?: AbortSignal): Promise<string[]>
}

export interface RerankOptions {
  top?: number
  signal?: AbortSignal
}

/** What a test found; `error` is null when all is well. */
export interface ProviderTrial {
  id: string
  model: string
  /** Internal name of the capability. */
  type: string
  error: string | null
}

/** Chats and everything else. */
export interface AllProviders extends Providers, ProviderCalls {}
