import { ConnectionError, TimeoutError } from '../errors/call-errors.ts'
import type { ClientOptions } from '../options.ts'
import { type Lifetime, sleep, within } from './lifetime.ts'
import { fullJitter, waitBeforeRetry } from './retry.ts'

/** One request and how long to try. */
export interface Sending {
  request: Request
  operation: string
  timeout: number
  retries: number
  lifetime: Lifetime
}

/**
 * Sends a request, again where that is safe, until there is an answer, whatever its status. Each attempt asks for the
 * credential anew and has `timeout` milliseconds until the headers; a timeout is not tried again.
 * @throws ConnectionError, TimeoutError, AbortError
 */
export async function send(options: ClientOptions, sending: Sending): Promise<Response> {
  const { request, operation, retries, lifetime } = sending
  for (let attempt = 0; ; attempt++) {
    const again = attempt < retries
    let response: Response | undefined
    let failure: unknown
    try {
      response = await attemptOnce(options, sending, again)
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error
      failure = error
    }
    const delay = options.retryDelay ?? fullJitter
    const wait = again ? waitBeforeRetry(request.method, response, attempt, delay) : undefined
    if (wait === undefined) {
      if (response) return response
      throw failure
    }
    options.logger?.warn('request failed, trying again', { operation, attempt, status: response?.status, wait })
    response?.body?.cancel().catch(() => {})
    await sleep(wait, lifetime.signal)
  }
}

/** One attempt. The body of the request is kept when there may be another one. */
async function attemptOnce(options: ClientOptions, sending: Sending, again: boolean): Promise<Response> {
  const { request, operation, timeout, lifetime } = sending
  const { apiKey, token = apiKey, fetch = globalThis.fetch, logger } = options
  const { signal } = lifetime
  const secret = typeof token === 'function' ? await token() : token
  const outgoing = new Request(again ? request.clone() : request, { signal })
  const { headers } = outgoing
  if (secret && !headers.has('authorization')) headers.set('authorization', `Bearer ${secret}`)
  const start = Date.now()
  try {
    const response = await within(fetch(outgoing), lifetime, timeout, TimeoutError)
    logger?.debug('answer', { operation, status: response.status, milliseconds: Date.now() - start })
    return response
  } catch (cause) {
    throw signal.aborted ? signal.reason : new ConnectionError(`Cannot reach ${new URL(request.url).origin}`, cause)
  }
}
