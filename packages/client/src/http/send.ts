import { ConnectionError, TimeoutError } from '../errors/call-errors.ts'
import type { ClientOptions } from '../options.ts'
import { type Lifetime, sleep, within } from './lifetime.ts'
import { fullJitter, waitBeforeRetry } from './retry.ts'

/** One request and how long to try. */
export interface Sending {
  operation: string
  lifetime: Lifetime
  /** Makes the request of one attempt; `again` says that there may be another one. It must heed the lifetime's signal. */
  request(again: boolean): Request
  timeout?: number | undefined
  retries?: number | undefined
}

/**
 * Sends a request, again where that is safe, until there is an answer, whatever its status. Each attempt asks for the
 * credential anew and has `timeout` milliseconds until the headers; a timeout is not tried again.
 * @throws ConnectionError, TimeoutError, AbortError
 */
export async function send(options: ClientOptions, sending: Sending): Promise<Response> {
  const { apiKey, token = apiKey, fetch = globalThis.fetch, retryDelay = fullJitter, logger } = options
  const { operation, lifetime, timeout = options.timeout ?? 60_000, retries = options.retries ?? 2 } = sending
  const { signal } = lifetime
  for (let attempt = 0; ; attempt++) {
    const again = attempt < retries
    const secret = typeof token === 'function' ? await token() : token
    const request = sending.request(again)
    if (secret && !request.headers.has('authorization')) request.headers.set('authorization', `Bearer ${secret}`)
    let response: Response | undefined
    let failure: unknown
    try {
      response = await within(fetch(request), lifetime, timeout, TimeoutError)
    } catch (cause) {
      if (signal.aborted) throw signal.reason
      failure = new ConnectionError(`Cannot reach ${new URL(request.url).origin}`, cause)
    }
    const wait = again ? waitBeforeRetry(request.method, response, attempt, retryDelay) : undefined
    logger?.debug('attempt', { operation, attempt, status: response?.status, retryIn: wait })
    if (wait === undefined) {
      if (response) return response
      throw failure
    }
    response?.body?.cancel().catch(() => {})
    await sleep(wait, signal)
  }
}
