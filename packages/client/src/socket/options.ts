import type { ChatEvent } from '../chat/types.ts'
import type { AstrBotError } from '../errors/astrbot-error.ts'
import type { EndpointName } from './endpoint.ts'
import type { SocketConstructor } from './socket-like.ts'

/** What keeps a connection. */
export interface ConnectOptions {
  /** In place of the global `WebSocket`; on Node 20 the one of the package `ws`. */
  WebSocket?: SocketConstructor | undefined
  /** With an API key: the user who speaks. Left out: the client's `username`. */
  username?: string | undefined
  /** Milliseconds of silence after which the server is asked whether it is there. 25 000 unless given; 0 never. */
  heartbeat?: number | undefined
  /** Milliseconds it has to answer. 10 000 unless given. */
  patience?: number | undefined
  /** Milliseconds until a connection must be open. 20 000 unless given. */
  timeout?: number | undefined
  /** How many attempts to connect may fail in a row. Unless given, it never gives up. */
  reconnects?: number | undefined
  /** Milliseconds before an attempt (from 0). Unless given the client's `retryDelay`: random, below 0.5 s that doubles up to 8 s. */
  reconnectDelay?: ((attempt: number) => number) | undefined
  /** Closes it. */
  signal?: AbortSignal | undefined
}

export interface SocketOptions extends ConnectOptions {
  /** `unified` with a token and `chat` with an API key unless given; see {@link EndpointName}. */
  endpoint?: EndpointName | undefined
  /** Turns that run at once; further messages wait. 32 unless given; the server takes 64. */
  parallel?: number | undefined
  /** Bytes of messages that may wait for the connection; more are refused with `queue_full`. 1 MiB unless given. */
  queueLimit?: number | undefined
  /**
   * Milliseconds a message may wait to be sent, and then for the first word about it. Unless given the client's `timeout`,
   * 60 000; 0 waits for ever.
   */
  sendTimeout?: number | undefined
}

/** What happens to a socket, beside the events of its turns. */
export type SocketEvent =
  | { type: 'open' }
  /** The connection broke or could not be made; attempt `attempt` (from 1) follows in `wait` milliseconds. */
  | { type: 'reconnecting'; attempt: number; wait: number; error: AstrBotError }
  /** The bot said something by itself in a session that is bound by `bind` (or, with a token, by `send`). */
  | { type: 'message'; sessionId: string; event: ChatEvent }
  /** It is over, with an error unless it was closed. */
  | { type: 'closed'; error: AstrBotError | undefined }
