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
 * Follows a turn from the answer that begins it to its `end`. A connection that breaks or goes silent is taken up again
 * where it broke; the message is never sent twice. A run that is over by then is read from its session.
 */
export async function followTurn(turn: Turn, begun: Answer): Promise<void> {
  const broken = await readEvents(turn, begun, false)
  if (broken) await resumeTurn(turn, broken)
}

/** Takes up a turn whose connection broke, and follows it to its `end`. */
export async function resumeTurn(turn: Turn, cause: unknown): Promise<void> {
  let broken = cause
  while (broken) {
    const answer = await takeUp(turn, broken)
    if (!answer) return
    broken = await readEvents(turn, answer, !turn.position)
  }
}

/** Reads one connection up to `end`. Returns what broke it, if trying again can help. */
async function readEvents(turn: Turn, answer: Answer, needsSnapshot: boolean): Promise<unknown> {
  const events = serverEventsOf(answer, milliseconds => {
    turn.retry = milliseconds
  })
  try {
    for (let next = await events.next(); !next.done; next = await events.next()) {
      const event = takeEvent(turn, next.value, answer.operation)
      if (!event) continue
      if (needsSnapshot && event.type !== 'run_snapshot')
        throw new ProtocolError('A resumed run begins with a snapshot')
      needsSnapshot = false
      turn.emit(event)
      if (event.type === 'end') {
        letClose(events, answer)
        return undefined
      }
      // A snapshot repeats what is known: a server that sends it and breaks again makes no progress.
      if (event.type !== 'run_snapshot') turn.failures = 0
    }
    throw new ConnectionError('The stream stopped before the turn did')
  } catch (error) {
    await events.return(undefined)
    if (turn.init.signal.aborted || !mayPass(error)) throw error
    return error
  }
}

/**
 * Connects again: after the last event that arrived or, where events have no ids, to a snapshot.
 * @returns undefined when the run is over and its answer has been read from the session
 * @throws what broke the connection, when the attempts are used up or the run is not known yet
 */
async function takeUp(turn: Turn, broken: unknown): Promise<Answer | undefined> {
  const { transport, init, username, position } = turn
  const { runId } = turn.state.answer
  const query = { ...(username !== undefined && { username }) }
  while (runId && turn.failures < turn.maxResumes) {
    const wait = waitFor(turn, broken)
    turn.failures++
    transport.options.logger?.warn('stream broke, resuming', { runId, position: position?.id, wait })
    await sleep(wait, init.signal)
    try {
      return await openRun(transport, runId, query, { ...init, retries: 0 }, position?.id)
    } catch (error) {
      if (isOver(error)) {
        if (await recoverTurn(turn)) return undefined
        throw new ConnectionError('The connection broke, and the run is over without a stored answer', error)
      }
      if (init.signal.aborted || !mayPass(error)) throw error
      broken = error
    }
  }
  throw broken
}

/**
 * Notes the place of an event, `<run>:<number>`. False: the event has been seen already. Without a place nobody can tell,
 * so it counts as new.
 */
export function advance(turn: Turn, id: string | undefined): boolean {
  const number = Number(id?.slice(id.lastIndexOf(':') + 1) || Number.NaN)
  if (id && Number.isInteger(number)) {
    if (turn.position && number <= turn.position.number) return false
    turn.position = { id, number }
    turn.state.answer.runId ??= id.slice(0, id.lastIndexOf(':')) || undefined
  }
  return true
}

/** The event of a message, unless it is a repetition or none. */
function takeEvent(turn: Turn, { id, data }: ServerEvent, operation: string): ChatEvent | undefined {
  if (!advance(turn, id)) return undefined
  const event = parseJson(data, operation)
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

/** Milliseconds to wait: our own choice, or longer if the server asks for it, up to a minute. */
export function waitFor({ failures, retry = 0, transport }: Turn, error: unknown): number {
  const named = error instanceof APIError ? (error.retryAfter ?? 0) * 1000 : retry
  return Math.max(Math.min(named, 60_000), (transport.options.retryDelay ?? fullJitter)(failures))
}

/** Whether trying again can help. */
export function mayPass(error: unknown): boolean {
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
