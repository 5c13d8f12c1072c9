import type { Schemas } from '@astrbot/contract'

/** One event of a turn, as SSE and sockets send it. */
export type ChatEvent = Schemas['ChatEvent']

/** An event with its number in the run, counted from 1. */
export interface NumberedEvent {
  seq: number
  event: ChatEvent
}

export type RunStatus = Schemas['ChatRunSnapshot']['status']
export type BotContent = Schemas['ChatBotContent']
export type MessagePart = Schemas['ChatPart']
export type AgentStats = Schemas['ChatAgentStats']
