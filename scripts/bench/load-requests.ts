import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { RequestsJob, RequestsResult } from './load-types.ts'

/** Sends requests over bare sockets: an HTTP client of Node's would need more CPU than the server that it measures. */
export async function runRequests(job: RequestsJob): Promise<RequestsResult> {
  const { hostname, port } = new URL(job.url)
  const messages = job.paths.map(path => message(job, path, hostname))
  const times: number[] = []
  const began = performance.now()
  const end = began + job.milliseconds
  let next = 0
  await Promise.all(
    Array.from({ length: job.connections }, async () => {
      const socket = connect(Number(port), hostname).setNoDelay()
      await once(socket, 'connect')
      while (performance.now() < end) {
        const sent = performance.now()
        await exchange(socket, messages[next++ % messages.length] ?? '')
        times.push(performance.now() - sent)
      }
      socket.destroy()
    }),
  )
  return { requests: times.length, milliseconds: performance.now() - began, times }
}

function message({ method, headers, body }: RequestsJob, path: string, host: string): string {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (body !== undefined) lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`)
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}

function exchange(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let head = ''
    let missing = Number.POSITIVE_INFINITY
    const done = (error?: Error) => {
      socket.off('data', read)
      socket.off('close', closed)
      if (error) reject(error)
      else resolve()
    }
    const closed = () => done(new Error('the server closed the connection'))
    const read = (chunk: Buffer) => {
      if (missing !== Number.POSITIVE_INFINITY) missing -= chunk.length
      else {
        head += chunk.toString('latin1')
        const at = head.indexOf('\r\n\r\n')
        if (at < 0) return
        const length = /content-length: (\d+)/i.exec(head)?.[1]
        if (!head.startsWith('HTTP/1.1 200') || length === undefined) return done(new Error(head.slice(0, 1000)))
        missing = Number(length) - (head.length - at - 4)
      }
      if (missing === 0) done()
    }
    socket.on('data', read)
    socket.on('close', closed)
    socket.write(text)
  })
}
