import { type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { AstrBotError, type Ids } from '@astrbot/core'
import { errorAnswer } from './errors.ts'

/** Answers, in the envelope, requests that never reach the application: too many headers, too slow, or no HTTP at all. */
export function answerUnreadable(server: Server, ids: Ids): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
      socket.destroy()
      return
    }
    const { status, body } = errorAnswer(new AstrBotError(codeOf(error)), ids.uuid(), undefined)
    const text = JSON.stringify(body)
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
      () => socket.destroySoon(),
    )
  })
}

function codeOf({ code }: NodeJS.ErrnoException): 'headers_too_large' | 'request_timeout' | 'malformed_request' {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request_timeout' : 'malformed_request'
}
