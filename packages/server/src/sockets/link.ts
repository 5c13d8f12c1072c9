import type { Duplex } from 'node:stream'
import type { Clock, Logger } from '@astrbot/core'
import type { RawData, WebSocket } from 'ws'
import { Pace } from './pace.ts'

/** Bytes of a frame that a client may send. */
export const mostFrameBytes = 16 * 1024 * 1024

/** A client that says more than this is read more slowly; sound in pieces of 8 ms stays below it. */
const framesPerSecond = 250
const framesAtOnce = 1000

/** Frames and bytes that wait for their turn; beyond them the client is not read. */
const mostWaiting = 64
const mostWaitingBytes = 1024 * 1024

/** Bytes on their way out; beyond them nothing more is made for the client, and it is not read either. */
const mostOutgoing = 256 * 1024

/** Heartbeats without a sign of life after which a connection counts as dead. */
const mostSilentBeats = 4

/** Close codes of RFC 6455. */
export const closeCodes = { goingAway: 1001, unsupported: 1003, policy: 1008, accident: 1011 } as const

/** A frame that arrived: its text, or null for bytes that are no text. */
export type Incoming = string | null

export interface LinkOptions {
  heartbeatMs: number
  clock: Clock
  log: Logger
}

/**
 * A socket with manners: frames are handled one after another at a bounded pace, a client that does not read is not read
 * either, silent connections are asked whether they live, and nothing is sent after the end.
 */
export class Link {
  readonly #socket: WebSocket
  readonly #wire: Duplex
  readonly #log: Logger
  readonly #pace: Pace
  readonly #waiting: Incoming[] = []
  readonly #ended = new AbortController()
  #waitingBytes = 0
  #paused = false
  #arrived = Promise.withResolvers<void>()
  #silentBeats = 0
  #written = 0

  /** @param wire what the socket runs on */
  constructor(socket: WebSocket, wire: Duplex, { heartbeatMs, clock, log }: LinkOptions) {
    this.#socket = socket
    this.#wire = wire
    this.#log = log
    this.#pace = new Pace(clock, framesPerSecond, framesAtOnce)
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    socket.on('pong', () => {
      this.#silentBeats = 0
    })
    // What breaks the protocol or the size limit is answered by `ws` with the fitting close.
    socket.on('error', error => log.debug({ error: error.message }, 'a socket broke'))
    const heart = setInterval(() => this.#beat(), heartbeatMs)
    socket.on('close', () => {
      clearInterval(heart)
      this.#ended.abort()
      this.#arrived.resolve()
    })
  }

  /** Aborts when the connection is over. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  /** Sends a frame; answers when the client has kept up. */
  send(frame: object): Promise<void> {
    return this.sendAll([frame])
  }

  /** Sends frames in as few writes as they need, never more at once than a client that does not read may have. */
  async sendAll(frames: Iterable<object>): Promise<void> {
    const rest = frames[Symbol.iterator]()
    for (;;) {
      this.#wire.cork()
      const over = this.#sendSome(rest)
      this.#wire.uncork()
      if (this.#socket.bufferedAmount > mostOutgoing) await this.#drained()
      if (over) return
    }
  }

  /** Sends until the client has enough; answers whether nothing is left. */
  #sendSome(frames: Iterator<object>): boolean {
    while (this.#socket.readyState === this.#socket.OPEN) {
      const { done, value } = frames.next()
      if (done) return true
      this.#socket.send(JSON.stringify(value))
      if (this.#socket.bufferedAmount > mostOutgoing) return false
    }
    return true
  }

  /** Closes with a code and a reason; what was sent arrives before. */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#socket.terminate()
  }

  /** The frames of the client, one at a time, until the connection is over. */
  async *frames(): AsyncGenerator<Incoming> {
    while (!this.ended.aborted) {
      const frame = this.#waiting.shift()
      if (frame === undefined) {
        this.#arrived = Promise.withResolvers()
        this.#relieve()
        await this.#arrived.promise
        continue
      }
      this.#waitingBytes -= frame?.length ?? 0
      const wait = this.#pace.take()
      if (wait > 0) await this.#sleep(wait)
      if (this.#socket.bufferedAmount > mostOutgoing) await this.#drained()
      yield frame
    }
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#silentBeats = 0
    const text = isBinary ? null : data.toString()
    this.#waiting.push(text)
    this.#waitingBytes += text?.length ?? 0
    this.#arrived.resolve()
    if (this.#waiting.length < mostWaiting && this.#waitingBytes < mostWaitingBytes) return
    this.#paused = true
    this.#socket.pause()
  }

  #relieve(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#socket.resume()
  }

  async #drained(): Promise<void> {
    // The library tells nobody when its buffer is empty again.
    while (!this.ended.aborted && this.#socket.bufferedAmount > mostOutgoing / 2) await this.#sleep(20)
  }

  #sleep(milliseconds: number): Promise<void> {
    if (this.ended.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer)
        this.ended.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      this.ended.addEventListener('abort', done)
    })
  }

  /** A client that reads slowly lives as long as bytes flow to it; one that is not read cannot answer. */
  #beat(): void {
    const outgoing = this.#socket.bufferedAmount
    if ((outgoing > 0 && outgoing !== this.#written) || this.#paused) this.#silentBeats = 0
    this.#written = outgoing
    if (this.#silentBeats++ >= mostSilentBeats) {
      this.#log.debug({}, 'a socket is silent and is given up')
      this.destroy()
    } else if (outgoing === 0) this.#socket.ping()
  }
}
