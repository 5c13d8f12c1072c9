import type { WebSocket } from 'ws'
import type { Ids } from '../../ids.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'

/** What a connection carries: events, calls, or both. */
export type Role = 'universal' | 'event' | 'api'

export interface ConnectionEvents {
  /** Something happened: a message, a notice, a request. */
  event(event: JsonObject, connection: Connection): void
  closed(connection: Connection): void
}

export interface ConnectionOptions {
  role: Role
  /** The account of the other side, once known. */
  selfId: string
  ids: Ids
  events: ConnectionEvents
}

/** The other side says that it has not done what it was asked for. After any other failure it may have. */
export class Refusal extends Error {}

const callTimeoutMs = 15_000
const pingMs = 30_000
const mostWaitingCalls = 1000

interface Waiting {
  resolve(data: unknown): void
  reject(error: Error): void
  timer: NodeJS.Timeout
}

/** One WebSocket to a OneBot v11 implementation, whoever dialled. */
export class Connection {
  readonly role: Role
  selfId: string
  readonly #socket: WebSocket
  readonly #ids: Ids
  readonly #events: ConnectionEvents
  readonly #waiting = new Map<string, Waiting>()
  #watch: NodeJS.Timeout
  #heardFrom = true
  /** Milliseconds between the heartbeats that the other side promises; 0 while it promises none. */
  #heartbeatMs = 0

  constructor(socket: WebSocket, { role, selfId, ids, events }: ConnectionOptions) {
    this.role = role
    this.selfId = selfId
    this.#socket = socket
    this.#ids = ids
    this.#events = events
    socket.on('message', data => {
      this.#heardFrom = true
      this.#take(String(data))
    })
    socket.on('pong', () => {
      this.#heardFrom = true
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => this.#closed())
    this.#watch = this.#watchOver(pingMs)
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  /**
   * Calls an action of the other side and answers its `data`.
   * @throws Refusal; Error when it does not answer in time, or goes away
   */
  call(action: string, params: JsonObject, timeoutMs: number = callTimeoutMs): Promise<unknown> {
    if (!this.isOpen) return Promise.reject(new Error('the OneBot program is not connected'))
    if (this.#waiting.size >= mostWaitingCalls) return Promise.reject(new Error('too many calls wait for an answer'))
    const echo = this.#ids.uuid()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(echo)
        reject(new Error(`${action} was not answered in ${timeoutMs / 1000} s`))
      }, timeoutMs)
      this.#waiting.set(echo, { resolve, reject, timer })
      this.#socket.send(JSON.stringify({ action, params, echo }))
    })
  }

  close(): void {
    if (this.isOpen) this.#socket.close(1001)
    else this.#socket.terminate()
    setTimeout(() => this.#socket.terminate(), 1000).unref()
  }

  #take(text: string): void {
    let frame: unknown
    try {
      frame = JSON.parse(text)
    } catch {
      return
    }
    if (!isJsonObject(frame)) return
    if (typeof frame['post_type'] === 'string') this.#takeEvent(frame)
    else this.#takeAnswer(frame)
  }

  #takeEvent(event: JsonObject): void {
    const self = event['self_id']
    if ((typeof self === 'number' || typeof self === 'string') && String(self) !== '') this.selfId = String(self)
    if (event['post_type'] === 'meta_event') this.#takeMeta(event)
    else this.#events.event(event, this)
  }

  #takeMeta(event: JsonObject): void {
    const { interval } = event
    if (event['meta_event_type'] !== 'heartbeat' || typeof interval !== 'number' || interval <= 0) return
    if (interval === this.#heartbeatMs) return
    this.#heartbeatMs = interval
    clearInterval(this.#watch)
    // Three missed heartbeats are a broken line; a ping in between gives quiet programs a chance.
    this.#watch = this.#watchOver(Math.min(Math.max(interval * 3, 1000), 10 * pingMs))
  }

  #takeAnswer({ echo, status, retcode, data, message, wording, msg }: JsonObject): void {
    if (typeof echo !== 'string' && typeof echo !== 'number') return
    const waiting = this.#waiting.get(String(echo))
    if (!waiting) return
    this.#waiting.delete(String(echo))
    clearTimeout(waiting.timer)
    const refused = status === 'failed' || (typeof retcode === 'number' && retcode !== 0 && retcode !== 1)
    if (!refused) {
      waiting.resolve(data ?? null)
      return
    }
    const reason = [wording, message, msg].find(text => typeof text === 'string' && text !== '')
    waiting.reject(new Refusal(`the OneBot program refused: ${reason ?? `retcode ${String(retcode)}`}`))
  }

  #watchOver(everyMs: number): NodeJS.Timeout {
    const timer = setInterval(() => {
      if (!this.#heardFrom) return this.#socket.terminate()
      this.#heardFrom = false
      if (this.isOpen) this.#socket.ping()
    }, everyMs)
    timer.unref()
    return timer
  }

  #closed(): void {
    clearInterval(this.#watch)
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(new Error('the OneBot program went away'))
    }
    this.#waiting.clear()
    this.#events.closed(this)
  }
}
