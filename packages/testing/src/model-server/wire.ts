import type { Ask, ToolCall, Usage } from './ask.ts'

export type Finish = 'stop' | 'length' | 'tool_calls'

export interface WholeAnswer {
  reasoning: string
  text: string
  toolCalls: ToolCall[]
  finish: Finish
  usage: Usage
}

/** Frames of one streamed answer, as text ready to be written. */
export interface FrameWriter {
  open(usage: Usage): string
  text(token: string): string
  reasoning(token: string): string
  toolCalls(calls: ToolCall[]): string
  close(finish: Finish, usage: Usage): string
}

/** How one vendor's chat API speaks: the same script in another dress. */
export interface Wire {
  /** Whether the request carries a key that this server refuses (`sk-bad…`); then the key itself, to be quoted back. */
  refusedKey(headers: Record<string, string | string[] | undefined>): string | undefined
  frames(ask: Ask): FrameWriter
  whole(ask: Ask, answer: WholeAnswer): unknown
  failure(status: number, code: string, message: string): unknown
}

/** Any key that begins so is refused with 401. */
export function badKey(key: string | string[] | undefined): string | undefined {
  const text = (Array.isArray(key) ? key[0] : key)?.replace(/^Bearer /, '')
  return text?.startsWith('sk-bad') ? text : undefined
}
