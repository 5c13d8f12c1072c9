/// <reference lib="esnext.disposable" preserve="true" />
import type { ChatOptions } from '../chat/options.ts'
import type { ChatStream } from '../chat/stream.ts'
import type { ConnectionState } from './connection.ts'
import type { SocketEvent } from './options.ts'

/** A message as it is sent over a socket. What belongs to single HTTP requests has no place here. */
export type SocketMessage = Omit<ChatOptions, 'timeout' | 'retries' | 'headers'>

/** What closing left behind. */
export interface CloseReport {
  /** Messages that were never sent, in their order. Their streams throw a `DeliveryError` with code `not_sent`. */
  unsent: SocketMessage[]
  /** Runs that go on on the server without this socket, for `client.chat.resume`. */
  running: string[]
}

/**
 * One connection for many turns. It is made again when it breaks, and turns that were on it are gone on with over HTTP
 * where they broke; messages wait for it in a queue with a bound. The loop over a socket gives what happens to it.
 */
export interface ChatSocket extends AsyncIterable<SocketEvent>, AsyncDisposable {
  readonly state: ConnectionState
  /** Milliseconds the server last took to answer a heartbeat. */
  readonly latency: number | undefined
  /**
   * Sends a message, now or when there is a connection, and follows its turn: the stream is that of `client.chat.stream`,
   * with the same events. Turns run at once, up to `parallel`.
   */
  send(message: SocketMessage): ChatStream
  /**
   * Stops one turn of this socket, or all: what was said is kept, and the streams come to their `end`.
   * @throws PermissionError from AstrBot itself, where keys can stop nothing
   */
  interrupt(stream?: ChatStream): Promise<void>
  /** Has the server send what the bot says by itself in a session, as `message` events. Not on the endpoint `chat`. */
  bind(sessionId: string): Promise<void>
  /** Resolves when there is a connection. @throws the reason when there will be none */
  opened(): Promise<void>
  /** Closes it and tells what was not sent. Turns go on on the server; their streams throw an `AbortError`. */
  close(): Promise<CloseReport>
}
