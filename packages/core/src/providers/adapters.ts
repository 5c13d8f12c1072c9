import { isJsonObject, type ReadonlyJsonObject } from '../json.ts'
import { providerKind } from './kinds.ts'

/** What a provider can do, as configurations name it. */
export type Capability = 'chat_completion' | 'speech_to_text' | 'text_to_speech' | 'embedding' | 'rerank'

/** Agent runners were providers once; they are kept and have no effect. */
export const agentRunner = 'agent_runner'

/** The adapters beside those for chats, by type. */
const adapters: Readonly<Record<string, Capability>> = {
  openai_whisper_api: 'speech_to_text',
  mimo_stt_api: 'speech_to_text',
  xinference_stt: 'speech_to_text',
  openai_tts_api: 'text_to_speech',
  mimo_tts_api: 'text_to_speech',
  gemini_tts: 'text_to_speech',
  elevenlabs_tts_api: 'text_to_speech',
  fishaudio_tts_api: 'text_to_speech',
  minimax_tts_api: 'text_to_speech',
  volcengine_tts: 'text_to_speech',
  azure_tts: 'text_to_speech',
  edge_tts: 'text_to_speech',
  dashscope_tts: 'text_to_speech',
  gsv_tts_selfhost: 'text_to_speech',
  gsvi_tts_api: 'text_to_speech',
  openai_embedding: 'embedding',
  nvidia_embedding: 'embedding',
  gemini_embedding: 'embedding',
  ollama_embedding: 'embedding',
  dashscope_embedding: 'embedding',
  vllm_rerank: 'rerank',
  xinference_rerank: 'rerank',
  bailian_rerank: 'rerank',
  nvidia_rerank: 'rerank',
  tei_rerank: 'rerank',
}

/** What the adapter of that type does; undefined when this program has none. */
export function adapterCapability(type: string): Capability | undefined {
  if (providerKind(type)) return 'chat_completion'
  return Object.hasOwn(adapters, type) ? adapters[type] : undefined
}

/** The internal name of a capability: `chat` becomes `chat_completion`. Other words stay as they are. */
export function capabilityName(word: string): string {
  return Object.hasOwn(shortNames, word) ? (shortNames[word] ?? word) : word
}

const shortNames: Readonly<Record<string, string>> = {
  chat: 'chat_completion',
  stt: 'speech_to_text',
  tts: 'text_to_speech',
}

/** What a stored provider says it can do; what says nothing is told by its adapter, else it is a chat model. */
export function capabilityOf(provider: ReadonlyJsonObject, source: ReadonlyJsonObject | undefined): string {
  const said = provider.provider_type || source?.provider_type
  if (typeof said === 'string' && said !== '') return said
  const type = provider.type || source?.type
  return (typeof type === 'string' && adapterCapability(type)) || 'chat_completion'
}

/** The settings of a provider with those of its source where it has none of its own. A source is never off by itself. */
export function mergedWith<T extends ReadonlyJsonObject>(source: T | undefined, provider: T): T {
  return source && isJsonObject(source) ? { ...source, enable: true, ...provider } : provider
}
