import { createHash, timingSafeEqual } from 'node:crypto'
import { WebSocketServer } from 'ws'
import type { Ids } from '../../ids.ts'
import { Connection, type ConnectionEvents, type Role } from './connection.ts'

export interface ListenOptions {
  host: string
  port: number
  /** What the program has to show; empty for nothing. */
  token: string
  ids: Ids
  events: ConnectionEvents
  connected(connection: Connection): void
  /** The port is lost. */
  failed(error: unknown): void
}

export interface Listening {
  close(): Promise<void>
}

const mostBytes = 64 * 1024 * 1024
const paths = /^\/ws(\/(event|api)?)?$/

/** Waits for OneBot programs to dial in ("reverse WebSocket"). @throws Error when the port cannot be had */
export async function listen({ host, port, token, ids, events, connected, failed }: ListenOptions): Promise<Listening> {
  const server = new WebSocketServer({
    host,
    port,
    maxPayload: mostBytes,
    verifyClient({ req }, answer) {
      // Taken apart by hand: what a stranger sends need not be an address, and a failure here would end the process.
      const [path = '', query = ''] = (req.url ?? '').split('?', 2)
      if (!paths.test(path)) return answer(false, 404)
      const shown = tokenIn(req.headers.authorization) ?? new URLSearchParams(query).get('access_token') ?? ''
      // Without a token, a page in somebody's browser could dial in, too; only browsers name an origin.
      if (token === '' && req.headers.origin !== undefined) return answer(false, 403)
      if (token !== '' && shown === '') return answer(false, 401)
      if (token !== '' && !sameText(shown, token)) return answer(false, 403)
      answer(true)
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
  })
  server.on('error', failed)
  server.on('connection', (socket, request) => {
    const { 'x-self-id': selfId, 'x-client-role': given } = request.headers
    const path = (request.url ?? '').split('?')[0] ?? ''
    const role = roleOf(String(given ?? '').toLowerCase(), path)
    connected(new Connection(socket, { role, selfId: String(selfId ?? ''), ids, events }))
  })
  return {
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of server.clients) socket.close(1001)
        setTimeout(() => {
          for (const socket of server.clients) socket.terminate()
        }, 500).unref()
      }),
  }
}

function roleOf(given: string, path: string): Role {
  if (given === 'event' || given === 'api') return given
  if (given === 'universal') return given
  return path.endsWith('/event') ? 'event' : path.endsWith('/api') ? 'api' : 'universal'
}

function tokenIn(header: string | undefined): string | undefined {
  return header?.replace(/^(Bearer|Token)\s+/i, '').trim()
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
