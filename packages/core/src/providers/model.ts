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
