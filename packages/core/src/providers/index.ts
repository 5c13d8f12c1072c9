export { addressPolicy } from './address-policy.ts'
export type { Ranked } from './capabilities/rerank/rerank.ts'
export type { Speech } from './capabilities/speak/speech.ts'
export type { Recording } from './capabilities/transcribe/transcribe.ts'
export { chatProviderOf } from './chat-choice.ts'
export { createProviders, type ProvidersOptions } from './create-providers.ts'
export { demoProviderId } from './demo.ts'
export type { Env } from './environment.ts'
export { createTransport, type Fetch } from './http-fetch.ts'
export { resolveKeys } from './keys.ts'
export { maskSecrets } from './mask.ts'
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
export { createModelList } from './models/create-list.ts'
export { ModelCatalogue, type ModelMetadata } from './models/metadata.ts'
export { proxyFor } from './proxy.ts'
export type { Moves } from './registry/references.ts'
export {
  type MoveFollower,
  type ProviderFilter,
  ProviderRegistry,
  type RegistryCaller,
  type Touched,
} from './registry/registry.ts'
export { sleep } from './retry.ts'
export { type SpeechCapability, type SpeechProvider, speechProvider, speechProviders } from './speech-choice.ts'
