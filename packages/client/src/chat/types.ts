import type { components } from '../generated/types.ts'

type Schemas = components['schemas']

/** One event of a turn; tell them apart by `type`, and ignore types you do not know. */
export type ChatEvent = Schemas['ChatEvent']
export type ChatSession = Schemas['ChatSession']
export type ChatSessionPage = Schemas['ChatSessionPage']
export type ChatSessionDetail = Schemas['ChatSessionDetail']
export type ChatInput = Schemas['ChatInput']
export type ChatInputPart = Schemas['ChatInputPart']
export type ChatRequest = Schemas['ChatRequest']
export type UploadedFile = Schemas['UploadedFile']
export type ChatFlags = Schemas['ChatFlags']
export type ChatPart = Schemas['ChatPart']
export type ChatToolCall = Schemas['ChatToolCall']
export type ChatAgentStats = Schemas['ChatAgentStats']
export type ChatRefs = Schemas['ChatRefs']
type MediaPart = Schemas['ChatMediaPart']

/** One part of an answer, as it will be stored. Media that the server has not stored yet have no `attachment_id`. */
export type AnswerPart = Exclude<ChatPart, MediaPart> | (Omit<MediaPart, 'attachment_id'> & { attachment_id?: string })

/** What a turn came to. */
export interface ChatAnswer {
  /** All text of the answer. */
  text: string
  /** All thinking; empty when there was none. */
  reasoning: string
  sessionId: string | undefined
  runId: string | undefined
  /** Ids of the bot's stored messages, one for most answers. */
  messageIds: number[]
  /** Id of the stored message of the user. */
  userMessageId: number | undefined
  /** Ties the turn's messages to what the model remembers. */
  checkpointId: string | undefined
  /** Tokens and times. */
  stats: ChatAgentStats | undefined
  /** Sources of a web search. */
  refs: ChatRefs | undefined
  /** Text, thinking, tool calls and media in their order. */
  parts: AnswerPart[]
  toolCalls: ChatToolCall[]
  /** The run that has taken this message in, when another turn was still running; then there is no answer here. */
  capturedBy: string | undefined
}
