import { APIError, NotFoundError, RateLimitError, ServerError } from '../errors/api-error.ts'
import { ConnectionError, IdleTimeoutError, ProtocolError, TimeoutError } from '../errors/call-errors.ts'
import { sleep } from '../http/lifetime.ts'
import type { Answer } from '../http/read.ts'
import { fullJitter } from '../http/retry.ts'
import { parseJson } from '../http/unwrap.ts'
import { isRecord } from '../record.ts'
import type { ServerEvent } from '../sse/decoder.ts'
import { serverEventsOf } from '../sse/events.ts'
import { openRun } from './open-run.ts'
import { recoverTurn } from './recover.ts'
import type { Turn } from './turn.ts'
import type { ChatEvent } from './types.ts'

/** Milliseconds the server has to close a stream after `end`, so that the connection can be used again. */
const closingTime = 250

/**
 * Follows a turn to its `end`. A connection that breaks or goes silent is taken up again where it broke; the message is
 * never sent twice. A run that is over by then is read from its session.
 */
export async function followTurn(turn: Turn): Promise<void> {
  let resuming = false
  let failures = 0
  let answer: Answer | undefined
  while (true) {
    try {
      answer = resuming ? await resume(turn) : await turn.open()
      resuming = true
      await readEvents(turn, answer, () => {
        failures = 0
      })
      return
    } catch (error) {
      const connected = answer !== undefined
      answer = undefined
      if (resuming && !connected && isOver(error)) {
        if (await recoverTurn(turn)) return
        throw new ConnectionError('The connection broke, and the run is over without a stored answer', error)
      }
      const { runId } = turn.state.answer
      if (turn.init.signal.aborted || !mayPass(error) || !runId || failures >= turn.maxResumes) throw error
      resuming = true
      const wait = waitFor(turn, error, failures++)
      turn.transport.options.logger?.warn('stream broke, resuming', { runId, position: turn.position, failures, wait })
      await sleep(wait, turn.init.signal)
    }
  }
}

/** Takes the run up again: after the last event that arrived or, where events have no ids, from a snapshot. */
function resume({ transport, state, username, init, position }: Turn): Promise<Answer> {
  const query = { ...(username !== undefined && { username }) }
  return openRun(transport, state.answer.runId ?? '', query, { ...init, retries: 0 }, position?.id)
}

/** Reads one connection up to `end`; throws when it stops before. */
async function readEvents(turn: Turn, answer: Answer, onProgress: () => void): Promise<void> {
  const events = serverEventsOf(answer, milliseconds => {
    turn.retry = milliseconds
  })
  try {
    for (let next = await events.next(); !next.done; next = await events.next()) {
      const event = takeEvent(turn, next.value)
      if (!event) continue
      turn.emit(event)
      if (event.type === 'end') {
        letClose(events, answer)
        return
      }
      // A snapshot repeats what is known: a server that sends it and breaks again makes no progress.
      if (event.type !== 'run_snapshot') onProgress()
    }
  } catch (error) {
    await events.return(undefined)
    throw error
  }
  throw new ConnectionError('The stream stopped before the turn did')
}

/** The event of a message, unless it is a repetition or none. */
function takeEvent(turn: Turn, { id, data }: ServerEvent): ChatEvent | undefined {
  const number = Number(id?.slice(id.lastIndexOf(':') + 1) || Number.NaN)
  if (id && Number.isInteger(number)) {
    if (turn.position && number <= turn.position.number) return undefined
    turn.position = { id, number }
    turn.state.answer.runId ??= id.slice(0, id.lastIndexOf(':')) || undefined
  }
  const event = parseJson(data)
  // The boundary: an event is what its `type` says; the accumulator guards against the rest.
  return isRecord(event) && typeof event.type === 'string' ? (event as unknown as ChatEvent) : undefined
}

/** Waits in the background for the server to close the stream, and closes it if that takes long. */
function letClose(events: AsyncGenerator<ServerEvent>, answer: Answer): void {
  answer.idleTimeout = closingTime
  events
    .next()
    .then(() => events.return(undefined))
    .catch(() => {})
}

function waitFor(turn: Turn, error: unknown, failures: number): number {
  const named = error instanceof RateLimitError ? (error.retryAfter ?? 0) * 1000 : (turn.retry ?? 0)
  return Math.max(Math.min(named, 60_000), (turn.transport.options.retryDelay ?? fullJitter)(failures))
}

/** Whether trying again can help. */
function mayPass(error: unknown): boolean {
  return [ConnectionError, IdleTimeoutError, TimeoutError, ServerError, RateLimitError].some(
    kind => error instanceof kind,
  )
}

/** Whether the server says that the run is over or was never there. AstrBot says so with status 200, in various words. */
function isOver(error: unknown): boolean {
  return (
    error instanceof NotFoundError ||
    error instanceof ProtocolError ||
    (error instanceof APIError && error.httpStatus === 200)
  )
}
