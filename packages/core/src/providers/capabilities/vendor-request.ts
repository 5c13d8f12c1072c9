import type { Clock } from '../../clock.ts'
import { AstrBotError } from '../../errors.ts'
import { type AddressPolicy, safeFetch } from '../../guards/safe-fetch.ts'
import { asAstrBotError, VendorFailure, wordsOfErrorBody } from '../failure.ts'
import type { Transport } from '../http-fetch.ts'
import { asConnectionFailure } from '../openai/connection-failure.ts'
import { waitBeforeRetry } from '../retry.ts'
import { converse, type Talk } from './socket.ts'

/** Where calls of one provider go. */
export interface Endpoint {
  /** Tried in turn when one is refused. */
  keys: readonly string[]
  timeoutMs: number
  proxy: string
}

/** A call that is not a chat: it has one answer, which comes as a whole. */
export interface VendorRequest {
  url: string
  /** POST when there is a body. */
  headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is, in place of `json`. */
  bytes?: Uint8Array
  /** Said over a WebSocket, whose address `url` is then; what is kept of it is the body of the reply. */
  talk?: Talk
}

export interface VendorReply {
  headers: Headers
  body: Uint8Array
}

/**
 * Makes a call, again where that helps, with another key when one is refused.
 * @throws AstrBotError provider_auth_failed, provider_rate_limited, provider_timeout, provider_unreachable,
 * provider_failed; `data.cause` has the vendor's words
 */
export type VendorCaller = (
  endpoint: Endpoint,
  request: (key: string | undefined) => VendorRequest,
  signal?: AbortSignal,
) => Promise<VendorReply>

export interface VendorCallerParts {
  transport: Transport
  policy: AddressPolicy
  clock: Clock
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
  random: () => number
}

const maxBytes = 64 * 1024 * 1024

export function createVendorCaller({ transport, policy, clock, sleep, random }: VendorCallerParts): VendorCaller {
  const once = async (endpoint: Endpoint, request: VendorRequest, signal: AbortSignal): Promise<VendorReply> => {
    const { url, headers, json, bytes, talk } = request
    const { timeoutMs } = endpoint
    if (talk) {
      const line = { headers: headers ?? {}, policy, maxBytes, timeoutMs, signal }
      return { headers: new Headers(), body: await converse(url, talk, line) }
    }
    const body = json === undefined ? bytes : JSON.stringify(json)
    const init = {
      method: body === undefined ? 'GET' : 'POST',
      headers: { accept: '*/*', ...(json !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: body as NonNullable<RequestInit['body']> }),
      signal,
    }
    const options = { policy, maxBytes, timeoutMs }
    const reply = await safeFetch(transport(endpoint.proxy), url, init, options).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason
      if (error instanceof AstrBotError) throw error
      if (error instanceof Error && error.name === 'TimeoutError')
        throw new VendorFailure('silent', `No answer for ${timeoutMs / 1000} s`)
      throw asConnectionFailure(error)
    })
    if (reply.status >= 200 && reply.status < 300) return reply
    const { message, code } = wordsOfErrorBody(textOf(reply))
    const retryAfter = reply.headers.get('retry-after') ?? undefined
    throw new VendorFailure('status', message, { status: reply.status, code, retryAfter })
  }

  return async (endpoint, request, signal = new AbortController().signal) => {
    const { keys } = endpoint
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(endpoint, request(keys[(attempt - 1) % keys.length]), signal)
      } catch (error) {
        if (!(error instanceof VendorFailure)) throw error
        const wait = waitBeforeRetry(error, attempt, keys.length, clock, random)
        if (wait === undefined) throw asAstrBotError(error, keys)
        await sleep(wait, signal)
      }
    }
  }
}

export function textOf({ body }: Pick<VendorReply, 'body'>): string {
  return new TextDecoder().decode(body)
}

/** @throws provider_failed when the answer is no JSON */
export function jsonOf(reply: VendorReply): unknown {
  const text = textOf(reply)
  try {
    return JSON.parse(text)
  } catch {
    throw unreadable(`The answer is no JSON: ${text.slice(0, 80)}`)
  }
}

/** An answer that does not hold what was asked for. */
export function unreadable(words: string): AstrBotError {
  return asAstrBotError(new VendorFailure('unreadable', words), [])
}
