import type { AstrBotError } from '../errors/astrbot-error.ts'
import { ConnectionError } from '../errors/call-errors.ts'
import type { Logger } from '../options.ts'
import { answersPing, type Frame, readFrame } from './frame.ts'
import { createHeartbeat } from './heartbeat.ts'
import type { SocketLike } from './socket-like.ts'

/** Milliseconds in which servers turn away whom they do not want, after an open handshake. */
const trial = 250

/** `waiting` is the pause before the next attempt; `closed` is for good. */
export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'closed'

/** How a connection ended. */
export interface Loss {
  /** Whether it had been open, and whether anything arrived on it. */
  opened: boolean
  heard: boolean
  /** Close code; 1006 when nobody said goodbye. */
  code: number
  reason: string
  error: ConnectionError
}

/** What a connection needs to know, and whom it tells. */
export interface ConnectionPlan {
  /** Makes a socket. */
  open(): Promise<SocketLike>
  /** Milliseconds until it must be open. */
  timeout: number
  /** Milliseconds of silence after which `ping` is sent, and further ones after which the connection counts as broken. */
  heartbeat: number
  patience(): number
  /** A frame that the server answers with `pong`, or with an error where it does not know it. */
  ping: string
  /** Milliseconds before attempt n (from 0), and how many attempts in a row may fail. */
  delay(attempt: number): number
  attempts: number
  /** Why trying again is of no use, if so. */
  diagnose(loss: Loss): Promise<AstrBotError | undefined>
  onOpen(): void
  /** The server has answered a ping, or has at least not hung up at once as it does where a credential is wrong. */
  onReady(): void
  onFrame(frame: Frame): void
  /** An open connection broke. */
  onLost(loss: Loss): void
  onWait(attempt: number, milliseconds: number, error: AstrBotError): void
  /** It is over, by an error or by `close`. */
  onClosed(error: AstrBotError | undefined): void
  logger: Logger | undefined
}

/** A connection that is made again whenever it breaks. */
export interface Connection {
  readonly state: ConnectionState
  /** Bytes that have been sent and have not left yet. */
  readonly bufferedAmount: number
  /** Milliseconds from the last ping to its answer. */
  readonly latency: number | undefined
  /** False when there is no open connection. */
  send(text: string): boolean
  /** Ends it for good. Resolves when the server has said goodbye, or after a second. */
  close(error?: AstrBotError): Promise<void>
}

export function createConnection(plan: ConnectionPlan): Connection {
  let state: ConnectionState = 'connecting'
  let socket: SocketLike | undefined
  let latency: number | undefined
  const proof = { answers: false }
  /** Ends the pause before the next attempt. */
  let wake = () => {}
  let drop: (reason: string) => void = () => {}

  /** Lives through one connection. */
  function live(made: SocketLike): Promise<Loss> {
    socket = made
    return new Promise(resolve => {
      let opened = false
      let heard = false
      let cause: unknown
      const heartbeat = createHeartbeat(
        {
          every: plan.heartbeat,
          patience: plan.patience,
          ping: () => made.send(plan.ping),
          onSilence: milliseconds => drop(`nothing arrived for ${milliseconds} ms`),
          onLatency: milliseconds => {
            latency = milliseconds
          },
        },
        proof,
      )
      let timer = setTimeout(() => drop(`not open within ${plan.timeout} ms`), plan.timeout)

      function end(code: number, reason: string): void {
        clearTimeout(timer)
        heartbeat.stop()
        drop = () => {}
        made.onopen = made.onmessage = made.onclose = null
        // One listener stays: what `ws` reports without one ends the process.
        made.onerror = () => {}
        socket = undefined
        const text = `The connection ${opened ? 'broke' : 'could not be made'}${reason && `: ${reason}`}`
        resolve({ opened, heard, code, reason, error: new ConnectionError(text, cause) })
      }

      drop = reason => {
        end(1006, reason)
        // A server that is gone never answers the closing, so nobody waits for it.
        made.close()
      }
      made.onopen = () => {
        opened = true
        clearTimeout(timer)
        timer = setTimeout(plan.onReady, trial)
        heartbeat.start()
        state = 'open'
        plan.onOpen()
      }
      made.onmessage = ({ data }: { data: unknown }) => {
        heard = true
        const frame = readFrame(data)
        const answer = !!frame && answersPing(frame)
        heartbeat.heard(answer)
        if (answer) {
          clearTimeout(timer)
          plan.onReady()
        } else if (frame) plan.onFrame(frame)
        else plan.logger?.warn('frame is no JSON object', {})
      }
      made.onerror = (event: { message?: unknown; error?: unknown }) => {
        cause = event.error ?? event.message
      }
      made.onclose = ({ code, reason }: { code: number; reason: string }) => end(code, String(reason))
    })
  }

  async function attempt(): Promise<Loss> {
    try {
      const made = await plan.open()
      const loss = live(made)
      if (isClosed()) drop('closed')
      return await loss
    } catch (cause) {
      const error = new ConnectionError('The connection could not be made', cause)
      return { opened: false, heard: false, code: 1006, reason: '', error }
    }
  }

  function isClosed(): boolean {
    return state === 'closed'
  }

  function finish(error: AstrBotError | undefined): void {
    if (isClosed()) return
    state = 'closed'
    plan.onClosed(error)
    wake()
  }

  async function keep(): Promise<void> {
    for (let failures = 0; !isClosed(); failures++) {
      state = 'connecting'
      const loss = await attempt()
      if (loss.heard) failures = 0
      if (isClosed()) return
      state = 'waiting'
      if (loss.opened) plan.onLost(loss)
      const final = await plan.diagnose(loss)
      if (isClosed()) return
      if (final || failures >= plan.attempts) return finish(final ?? loss.error)
      const wait = plan.delay(failures)
      plan.onWait(failures, wait, loss.error)
      await pause(wait)
    }
  }

  function pause(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      // The boundary: browsers have it, Node has not.
      const target = globalThis as unknown as Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>>
      const timer = setTimeout(() => wake(), milliseconds)
      wake = () => {
        clearTimeout(timer)
        target.removeEventListener?.('online', wake)
        resolve()
      }
      // A device that is back on the network need not wait.
      target.addEventListener?.('online', wake)
    })
  }

  // Later, so that whoever asked for the connection holds it before it tells anything.
  Promise.resolve()
    .then(keep)
    .catch((error: unknown) => plan.logger?.warn('socket failed', { error }))

  return {
    get state() {
      return state
    },
    get bufferedAmount() {
      return socket?.bufferedAmount ?? 0
    },
    get latency() {
      return latency
    },
    send(text) {
      if (state !== 'open' || !socket) return false
      socket.send(text)
      return true
    },
    async close(error) {
      if (isClosed()) return
      const open = socket
      const wasOpen = state === 'open'
      finish(error)
      if (!open) return
      if (!wasOpen) return drop('closed')
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, 1000)
        open.onclose = () => {
          clearTimeout(timer)
          resolve()
        }
        open.close(1000)
      })
      drop('closed')
    },
  }
}
