import type { CallInit } from '../http/request.ts'
import type { Transport } from '../http/transport.ts'
import type { Accumulator } from './accumulator.ts'
import type { ChatEvent } from './types.ts'

/** One turn that is being followed, over as many connections as it takes. */
export interface Turn {
  readonly transport: Transport
  /** Options of every request of this turn, with the signal that ends it. */
  readonly init: CallInit & { signal: AbortSignal }
  /** With an API key: the user the turn belongs to. */
  readonly username: string | undefined
  /** How often in a row a broken connection is taken up again. */
  readonly maxResumes: number
  readonly state: Accumulator
  /** Hands an event to whoever reads the stream. */
  emit(event: ChatEvent): void
  /** The SSE `id` of the last event, `<run>:<number>`; AstrBot itself sends none. */
  position?: { id: string; number: number }
  /** Attempts in a row that have brought nothing new. */
  failures: number
  /** Milliseconds to wait before connecting again, as the server's `retry:` says. */
  retry?: number
}
