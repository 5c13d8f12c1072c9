import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { AstrBotError, type Identity } from '@astrbot/core'
import { type WebSocket, WebSocketServer } from 'ws'
import { errorAnswer } from '../http/errors.ts'
import type { Surroundings } from '../http/operation.ts'
import { securityHeaders } from '../http/respond.ts'
import { Connection } from './connection.ts'
import type { Door } from './door.ts'
import { closeCodes, Link, mostFrameBytes } from './link.ts'
import { checkOrigin } from './origin.ts'
import { type SocketKind, socketAt } from './socket-kinds.ts'

const goodbyePatienceMs = 2000

/** Bytes of a frame from somebody who may not be here. */
const mostStrangerBytes = 1024

/** The sockets of a server. */
export interface OpenSockets {
  /** Takes no more sockets and turns; what runs is told to its end before a socket closes with 1001. */
  stop(): void
  /** Answers when all are closed; those whose clients do not read are cut off. */
  closed(): Promise<void>
}

/**
 * Serves WebSockets beside HTTP: credentials, scope and origin first, then the handshake. Pages from elsewhere and
 * handshakes at other addresses are answered by HTTP. Wrong credentials are told after the handshake, as AstrBot does:
 * browsers show programs nothing of an answer before it.
 */
export function openSockets(server: Server, around: Surroundings): OpenSockets {
  const { bot, options, log } = around
  const acceptorOf = (maxPayload: number) => new WebSocketServer({ noServer: true, maxPayload, clientTracking: false })
  const acceptor = acceptorOf(mostFrameBytes)
  // Who is only told to leave has nothing to say: no memory is kept for their frames.
  const refuser = acceptorOf(mostStrangerBytes)
  const open = new Map<Connection, Link>()
  let emptied = Promise.withResolvers<void>()
  let stopping = false

  const serve = async (socket: WebSocket, kind: SocketKind, door: Door, who: Identity | Error, at: Visit) => {
    const link = new Link(socket, at.wire, { heartbeatMs: options.heartbeatMs, clock: bot.clock, log })
    if (who instanceof Error) return refuse(link, kind, who)
    const { request, query } = at
    const connection = new Connection({ bot, options, log, link, door, identity: who, query, request })
    let protocol: ReturnType<SocketKind['open']>
    try {
      protocol = kind.open(connection)
    } catch (error) {
      return refuse(link, kind, error)
    }
    open.set(connection, link)
    if (stopping) connection.stop()
    try {
      for await (const frame of link.frames()) await protocol.handle(frame)
    } catch (error) {
      log.error({ err: error, path: kind.path }, 'a socket failed')
      link.close(closeCodes.accident, 'Internal server error')
    } finally {
      protocol.close()
      open.delete(connection)
      if (open.size === 0) emptied.resolve()
    }
  }

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (hasBody(request)) {
      return refuseByHttp(request, socket, new AstrBotError('malformed_request'), bot.ids.uuid())
    }
    const url = URL.parse(request.url ?? '/', 'http://localhost')
    const kind = url && socketAt(url.pathname, options.basePath)
    if (!kind || request.method !== 'GET') return answerByHttp(server, request, socket)
    const door = kind.door(bot, request, url.searchParams)
    const who = await door().catch((error: Error) => error)
    try {
      checkOrigin(request, options.corsOrigins)
    } catch (error) {
      return refuseByHttp(request, socket, who instanceof Error ? who : error, bot.ids.uuid())
    }
    const visit = { request, query: url.searchParams, wire: socket }
    const opening = who instanceof Error ? refuser : acceptor
    opening.handleUpgrade(request, socket, head, accepted => void serve(accepted, kind, door, who, visit))
  }

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    upgrade(request, socket, head).catch((error: unknown) => {
      log.error({ err: error }, 'a handshake failed')
      socket.destroy()
    })
  })

  return {
    stop() {
      stopping = true
      for (const connection of open.keys()) connection.stop()
    },
    async closed() {
      if (open.size === 0) return
      emptied = Promise.withResolvers()
      const timer = setTimeout(() => {
        for (const link of open.values()) link.destroy()
      }, goodbyePatienceMs)
      await emptied.promise
      clearTimeout(timer)
    },
  }
}

/** Whether a request wants a WebSocket; offers of HTTP/2 and the like are passed over. Asked by Node 22.21 and 24.9 on. */
export function asksForSocket({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.upgrade?.trim().toLowerCase() === 'websocket'
}

/** A handshake has none, and Node reads none once an upgrade was asked for. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

interface Visit {
  request: IncomingMessage
  query: URLSearchParams
  wire: Duplex
}

function refuse(link: Link, kind: SocketKind, error: unknown): void {
  const { frame, reason } = kind.refusal(error)
  if (frame) void link.send(frame)
  link.close(closeCodes.policy, reason)
}

/** Lets the application answer a handshake that is not for us as the ordinary request that it also is. */
function answerByHttp(server: Server, request: IncomingMessage, socket: Duplex): void {
  const response = responseTo(request, socket)
  if (response) server.emit('request', request, response)
}

function refuseByHttp(request: IncomingMessage, socket: Duplex, error: unknown, requestId: string): void {
  const { status, headers, body } = errorAnswer(error, requestId, request.headers['accept-language'])
  responseTo(request, socket)
    ?.writeHead(status, {
      ...securityHeaders,
      ...headers,
      'Content-Type': 'application/json',
      'X-Request-Id': requestId,
    })
    .end(JSON.stringify(body))
}

function responseTo(request: IncomingMessage, socket: Duplex): ServerResponse | undefined {
  if (!(socket instanceof Socket)) {
    socket.destroy()
    return undefined
  }
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.on('finish', () => socket.destroySoon())
  return response
}
