import type { AstrBotError } from '../errors/astrbot-error.ts'
import { AbortError } from '../errors/call-errors.ts'
import { onAbort } from '../http/lifetime.ts'
import { fullJitter } from '../http/retry.ts'
import type { Transport } from '../http/transport.ts'
import { type SocketPath, socketAddress } from './address.ts'
import { type Connection, type ConnectionPlan, createConnection } from './connection.ts'
import type { ConnectOptions } from './options.ts'
import { diagnose } from './refusal.ts'
import { findWebSocket } from './socket-like.ts'

/** What a protocol brings along. */
export interface Protocol
  extends Pick<ConnectionPlan, 'ping' | 'onOpen' | 'onReady' | 'onFrame' | 'onLost' | 'onWait' | 'onClosed'> {
  path: SocketPath
  query: Record<string, string | undefined>
  /** Whether the server may be too busy with a turn to answer pings. */
  busy(): boolean
  /** What the server said before it closed the connection. */
  refused(): AstrBotError | undefined
}

/** Connects a protocol to a server, with the client's credential. */
export function connect(transport: Transport, options: ConnectOptions, protocol: Protocol): Connection {
  const Socket = findWebSocket(options.WebSocket)
  const { logger, retryDelay, idleTimeout = 60_000 } = transport.options
  const { heartbeat = 25_000, patience = 10_000, timeout = 20_000, reconnects = Number.POSITIVE_INFINITY } = options
  const { signal } = options
  const connection = createConnection({
    ...protocol,
    onClosed(error) {
      forget()
      protocol.onClosed(error)
    },
    async open() {
      return new Socket(await socketAddress(transport, protocol.path, protocol.query))
    },
    timeout,
    heartbeat,
    patience: () => (protocol.busy() ? Math.max(patience, idleTimeout) : patience),
    delay: options.reconnectDelay ?? retryDelay ?? fullJitter,
    attempts: reconnects,
    diagnose: async loss => (loss.code === 1008 && protocol.refused()) || diagnose(transport, loss),
    logger,
  })
  const forget = onAbort(signal, () => void connection.close(new AbortError(signal?.reason)))
  return connection
}
