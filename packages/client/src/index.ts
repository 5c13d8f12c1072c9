export type { Attachment } from './chat/attachments.ts'
export type { Chat } from './chat/chat.ts'
export type { ChatOptions, ResumeOptions } from './chat/options.ts'
export { RunError } from './chat/run-error.ts'
export type { ChatSessions, SessionListOptions, SessionOptions } from './chat/sessions.ts'
export type { ChatStream } from './chat/stream.ts'
export type {
  AnswerPart,
  ChatAgentStats,
  ChatAnswer,
  ChatEvent,
  ChatFlags,
  ChatInput,
  ChatInputPart,
  ChatPart,
  ChatRefs,
  ChatRequest,
  ChatSession,
  ChatSessionDetail,
  ChatSessionPage,
  ChatToolCall,
  UploadedFile,
} from './chat/types.ts'
export { type AstrBotClient, createClient } from './client.ts'
export {
  type Config,
  type ConfigDocument,
  type ConfigEdited,
  type ConfigEditOptions,
  type ConfigSnapshot,
  createConfig,
} from './config/config.ts'
export {
  APIError,
  AuthenticationError,
  ConflictError,
  type Issue,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  ValidationError,
} from './errors/api-error.ts'
export { AstrBotError, isAstrBotError } from './errors/astrbot-error.ts'
export { AbortError, ConnectionError, IdleTimeoutError, ProtocolError, TimeoutError } from './errors/call-errors.ts'
export type { components, operations, paths } from './generated/types.ts'
export { createHttpClient, type HttpClient } from './http/client.ts'
export type { Data, Init, PathWith } from './http/contract-types.ts'
export type { CallInit } from './http/request.ts'
export type { Transport } from './http/transport.ts'
export type { ClientOptions, Logger, RequestOptions, Secret } from './options.ts'
export type { PagedItem, PagedPath } from './paginate.ts'
export {
  createProviders,
  type OpenAICompatible,
  type Provider,
  type Providers,
  type ProviderTrial,
} from './providers/providers.ts'
export { raw } from './raw.ts'
export { type Outcome, safe } from './safe.ts'
export { streamEvents } from './sse/stream.ts'
