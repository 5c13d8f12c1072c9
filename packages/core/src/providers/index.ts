export type { Ranked } from './capabilities/rerank/rerank.ts'
export type { Speech } from './capabilities/speak/speech.ts'
export type { Recording } from './capabilities/transcribe/transcribe.ts'
export { createProviders, type ProvidersOptions } from './create-providers.ts'
export type { Env } from './environment.ts'
export { createTransport, type Fetch } from './http-fetch.ts'
export type {
  AllProviders,
  ChatModel,
  LlmMessage,
  LlmPart,
  LlmToolCall,
  ModelEvent,
  ModelRequest,
  ModelTool,
  ProviderCalls,
  Providers,
  ProviderTrial,
  TokenUsage,
} from './model.ts'
export { type ModelMetadata, modelMetadata } from './models/metadata.ts'
export type { Moves } from './registry/references.ts'
export {
  type MoveFollower,
  type ProviderFilter,
  ProviderRegistry,
  type RegistryCaller,
  type Touched,
} from './registry/registry.ts'
