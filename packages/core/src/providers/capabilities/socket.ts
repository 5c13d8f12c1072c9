import { WebSocket } from 'ws'
import { type AddressPolicy, guardedLookup, refuseHost } from '../../guards/safe-fetch.ts'
import { VendorFailure, wordsOfErrorBody } from '../failure.ts'

/** What is said over a WebSocket, to vendors that have no other door. */
export interface Talk {
  /** Sent as soon as somebody listens. */
  opening: readonly string[]
  /**
   * Takes what the vendor said. True when that was all.
   * @throws VendorFailure when the vendor reports one
   */
  read(frame: string | Buffer, line: TalkLine): boolean
}

export interface TalkLine {
  say(text: string): void
  /** Adds to the answer. */
  keep(bytes: Uint8Array): void
}

export interface TalkOptions {
  headers: Readonly<Record<string, string>>
  policy: AddressPolicy
  maxBytes: number
  /** Milliseconds until everything must be there. */
  timeoutMs: number
  signal: AbortSignal
}

/**
 * Holds a conversation and gives what was kept of it.
 * @throws VendorFailure; the reason of the signal when that is aborted
 */
export function converse(address: string, talk: Talk, options: TalkOptions): Promise<Uint8Array> {
  const { headers, policy, maxBytes, timeoutMs, signal } = options
  const url = new URL(address)
  refuseHost(new URL(address.replace(/^ws/, 'http')), policy)
  return new Promise((resolve, reject) => {
    const kept: Uint8Array[] = []
    let length = 0
    const settings = { headers, lookup: guardedLookup(policy), maxPayload: maxBytes, followRedirects: false }
    const socket = new WebSocket(url, settings)
    const end = (finish: () => void) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      finish()
      socket.terminate()
    }
    const fail = (failure: unknown) => end(() => reject(failure))
    const stop = () => fail(signal.reason)
    const timer = setTimeout(() => fail(new VendorFailure('silent', `No answer for ${timeoutMs / 1000} s`)), timeoutMs)
    const line: TalkLine = {
      say: text => socket.send(text),
      keep(bytes) {
        length += bytes.length
        if (length > maxBytes) throw new VendorFailure('unreadable', `The answer has more than ${maxBytes} bytes`)
        kept.push(bytes)
      },
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    socket.on('open', () => talk.opening.forEach(line.say))
    socket.on('message', (data: Buffer, binary: boolean) => {
      try {
        if (talk.read(binary ? data : data.toString(), line)) end(() => resolve(Buffer.concat(kept)))
      } catch (failure) {
        fail(failure)
      }
    })
    socket.on('unexpected-response', (_, response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        body = (body + chunk).slice(0, 2000)
      })
      response.on('end', () => {
        const { message, code } = wordsOfErrorBody(body)
        const details = { status: response.statusCode, code, retryAfter: response.headers['retry-after'] }
        fail(new VendorFailure('status', message || (response.statusMessage ?? ''), details))
      })
    })
    socket.on('error', error => fail(new VendorFailure('unreachable', error.message, { cause: error })))
    socket.on('close', () => fail(new VendorFailure('broken', 'The connection was closed before the answer was whole')))
  })
}
