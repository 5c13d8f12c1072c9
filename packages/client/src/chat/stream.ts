/// <reference lib="esnext.disposable" preserve="true" />
import { AbortError, ProtocolError } from '../errors/call-errors.ts'
import { createLifetime } from '../http/lifetime.ts'
import type { Transport } from '../http/transport.ts'
import type { RequestOptions } from '../options.ts'
import { createAccumulator } from './accumulator.ts'
import { createReplayLog } from './replay-log.ts'
import { RunError } from './run-error.ts'
import type { Turn } from './turn.ts'
import type { ChatAnswer, ChatEvent } from './types.ts'

/**
 * A turn as it happens. It is on its way from the moment it is made, and every view of it (the loop over events,
 * `textStream`, `text()`, `final()`) begins at its start, so they can be used together and in any order.
 *
 * Leaving a loop early closes the connection, unless another view is still waiting; the turn itself goes on on the
 * server: `stop()` ends that.
 */
export interface ChatStream extends AsyncIterable<ChatEvent>, AsyncDisposable {
  /** Known after the first event. */
  readonly sessionId: string | undefined
  /** Known when the turn has started; for `chat.resume`. */
  readonly runId: string | undefined
  /** The answer's text, piece by piece. Throws a `RunError` after the last piece when the turn broke. */
  readonly textStream: AsyncIterable<string>
  /** The answer's whole text. @throws RunError when the turn broke */
  text(): Promise<string>
  /** Everything the turn came to. @throws RunError when the turn broke */
  final(): Promise<ChatAnswer>
  /** Closes the connection; the views throw an `AbortError`. The turn goes on on the server. */
  abort(): void
  /** Asks the server to end the turns of this session. What was said is kept, and the stream still comes to its `end`. */
  stop(): Promise<{ stopped_count: number }>
}

/** What a stream starts from. */
export interface StreamStart {
  transport: Transport
  options: RequestOptions & { maxResumes?: number | undefined }
  username: string | undefined
  known: Partial<ChatAnswer>
  position?: Turn['position']
  /** Carries the turn out: hands over every event up to `end`. */
  follow(turn: Turn): Promise<void>
}

// Not every runtime that the client supports has the symbol.
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')

export function createChatStream({ transport, options, username, known, position, follow }: StreamStart): ChatStream {
  const { signal, timeout, idleTimeout, retries, headers, maxResumes = 5 } = options
  const lifetime = createLifetime(signal)
  const init = { timeout, idleTimeout, retries, headers, signal: lifetime.signal }
  const state = createAccumulator(known)
  const log = createReplayLog<{ event: ChatEvent; text: string }>()
  let readers = 0
  /** After `end` there is nothing to abort, even before the last reader has seen it. */
  let over = false
  const turn: Turn = {
    transport,
    init,
    username,
    maxResumes,
    failures: 0,
    state,
    ...(position && { position }),
    emit(event) {
      over ||= event.type === 'end'
      try {
        log.push({ event, text: state.add(event) })
      } catch (cause) {
        throw new ProtocolError(`The event ${event.type} breaks the contract`, cause)
      }
    },
  }

  function failIfBroken(): void {
    const { failure, answer } = state
    if (failure) throw new RunError(failure.code, failure.message, failure.cause, answer)
  }

  async function run(): Promise<ChatAnswer> {
    try {
      await follow(turn)
      log.close()
    } catch (error) {
      log.close(error)
      throw error
    } finally {
      lifetime.release()
    }
    failIfBroken()
    return state.answer
  }

  /** A caller may drop a promise, or await it after leaving a loop by an error: neither may end the process. */
  function quiet<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {})
    return promise
  }

  const finished = quiet(run())

  function abort(): void {
    if (!over) lifetime.end(new AbortError())
  }

  function awaited<T>(pick: (answer: ChatAnswer) => T): Promise<T> {
    readers++
    return quiet(finished.then(pick).finally(() => readers--))
  }

  async function* view<T>(
    pick: (entry: { event: ChatEvent; text: string }) => T | undefined,
  ): AsyncGenerator<T, void, void> {
    readers++
    try {
      for await (const entry of log.read()) {
        const picked = pick(entry)
        if (picked !== undefined) yield picked
      }
    } finally {
      if (--readers === 0) abort()
    }
  }

  async function* texts(): AsyncGenerator<string, void, void> {
    yield* view(({ text }) => text || undefined)
    failIfBroken()
  }

  return {
    get sessionId() {
      return state.answer.sessionId
    },
    get runId() {
      return state.answer.runId
    },
    get textStream() {
      return texts()
    },
    text: () => awaited(answer => answer.text),
    final: () => awaited(answer => answer),
    abort,
    async stop() {
      for await (const _ of log.read()) if (state.answer.sessionId) break
      const { sessionId } = state.answer
      if (over || !sessionId) return { stopped_count: 0 }
      const params = { path: { session_id: sessionId }, query: { username } }
      const answer = await transport.call('POST', '/api/v1/chat/sessions/{session_id}/stop', {
        params,
        headers,
        timeout,
      })
      return answer as { stopped_count: number }
    },
    [Symbol.asyncIterator]: () => view(({ event }) => event),
    async [asyncDispose]() {
      abort()
      await finished.catch(() => {})
    },
  }
}
