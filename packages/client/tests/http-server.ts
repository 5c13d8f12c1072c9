import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it arrived. */
export interface Seen {
  method: string
  /** Path and query. */
  url: string
  headers: IncomingMessage['headers']
  body: string
}

export type Reply = (response: ServerResponse, seen: Seen) => unknown

/**
 * A real HTTP server that answers the first request with the first reply and so on; the last reply is repeated.
 * `seen` holds what arrived.
 */
export async function serve(...replies: Reply[]) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const one = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    }
    seen.push(one)
    await replies[Math.min(seen.length, replies.length) - 1]?.(response, one)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** An answer of JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return response => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))
  }
}

/** A successful answer. */
export function ok(data: unknown): Reply {
  return json({ status: 'ok', message: null, data })
}

/** A failed answer, as this project's server and AstrBot's newer operations send it. */
export function fail(status: number, code: string, message: string, more: object = {}): Reply {
  return json({ status: 'error', message, data: { code, ...more } }, status, { 'X-Request-Id': 'req-1' })
}

/** A failed answer as AstrBot sends most of them. */
export function astrBotFail(message: string): Reply {
  return json({ status: 'error', message })
}

/** Closes the connection without an answer. */
export const hangUp: Reply = response => {
  response.destroy()
}

export interface StreamScript {
  /** Events, each with the number of its SSE id if it has one. */
  events: (object | [number: number, event: object])[]
  run?: string
  /** What happens after the last event. */
  last?: 'close' | 'drop' | 'stall'
  /** Text before the first event. */
  prelude?: string
}

/** A stream of events. */
export function stream({ events, run = 'run-1', last = 'close', prelude = '' }: StreamScript): Reply {
  return async response => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' })
    response.write(prelude || ': hello\n\n')
    for (const one of events) {
      const [number, event] = Array.isArray(one) ? one : [undefined, one]
      response.write(`${number === undefined ? '' : `id: ${run}:${number}\n`}data: ${JSON.stringify(event)}\n\n`)
      await new Promise(resolve => setImmediate(resolve))
    }
    if (last === 'close') response.end()
    // Lets what was written arrive first.
    if (last === 'drop') setTimeout(() => response.destroy(), 10)
  }
}
