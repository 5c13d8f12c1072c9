export { createProviders, type ProvidersOptions } from './create-providers.ts'
export type { Env } from './environment.ts'
export type { Fetch } from './http-fetch.ts'
export type {
  ChatModel,
  LlmMessage,
  LlmPart,
  LlmToolCall,
  ModelEvent,
  ModelRequest,
  ModelTool,
  Providers,
  TokenUsage,
} from './model.ts'
