import createRawClient, { type Client } from 'openapi-fetch'
import { during } from '../errors/astrbot-error.ts'
import { errorFromAnswer } from '../errors/from-answer.ts'
import type { paths } from '../generated/types.ts'
import type { ClientOptions, RequestOptions } from '../options.ts'
import { isReady, serialiseBody } from './body.ts'
import { createLifetime } from './lifetime.ts'
import { fillPath } from './path.ts'
import { type Answer, readText } from './read.ts'
import { send } from './send.ts'
import { unwrap } from './unwrap.ts'

/** A call before the contract types it. Fields that `fetch` knows (`credentials`, `cache`, …) are passed on. */
export interface CallInit extends RequestOptions {
  params?: { path?: Record<string, unknown>; query?: Record<string, unknown>; header?: Record<string, unknown> }
  body?: unknown
  [fetchOption: string]: unknown
}

/** The layer between the typed calls and the wire. */
export interface Transport {
  readonly options: ClientOptions
  /** openapi-fetch over the same retries, timeouts and credentials; answers `{ data, error, response }`, envelope and all. */
  readonly raw: Client<paths>
  /** Sends, and throws for every failed status; the body of the answer is still to be read. */
  open(method: string, path: string, init?: CallInit, scope?: string): Promise<Answer>
  /** Sends and reads: see `unwrap`. */
  call(method: string, path: string, init?: CallInit, scope?: string): Promise<unknown>
}

export function createTransport(options: ClientOptions): Transport {
  const { timeout = 60_000, idleTimeout = 60_000, retries = 2, headers = {} } = options
  const raw = createRawClient<paths>({
    baseUrl: options.baseUrl.replace(/(\/api\/v1)?\/*$/, ''),
    headers,
    bodySerializer: serialiseBody,
    pathSerializer: fillPath,
    fetch: request => {
      const operation = `${request.method} ${new URL(request.url).pathname}`
      return send(options, { request, operation, timeout, retries, lifetime: createLifetime(request.signal) })
    },
  })

  async function open(method: string, path: string, init: CallInit = {}, scope?: string): Promise<Answer> {
    const operation = `${method} ${path}`
    const { signal, params, body, ...rest } = init
    const own = { timeout: init.timeout ?? timeout, retries: init.retries ?? retries, lifetime: createLifetime(signal) }
    const answer = { operation, idleTimeout: init.idleTimeout ?? idleTimeout, lifetime: own.lifetime }
    const once = body instanceof ReadableStream && { duplex: 'half' }
    async function fetch(request: Request): Promise<Response> {
      const response = await send(options, { ...own, request, operation, ...(once && { retries: 0 }) })
      if (response.ok) return response
      throw errorFromAnswer(response, jsonOrText(await readText({ ...answer, response })), scope)
    }
    try {
      // The contract types what callers pass; from here on it is a request like any other.
      const { response } = await raw.request(
        method as 'get',
        path as never,
        {
          ...rest,
          ...once,
          body,
          params: { path: {}, ...params },
          headers: { ...(isReady(body) && { 'Content-Type': null }), ...rest.headers },
          parseAs: 'stream',
          fetch,
        } as never,
      )
      return { ...answer, response }
    } catch (error) {
      own.lifetime.release()
      throw during(operation, error)
    }
  }

  async function call(method: string, path: string, init?: CallInit, scope?: string): Promise<unknown> {
    const answer = await open(method, path, init, scope)
    return unwrap(answer, scope).catch(error => {
      throw during(answer.operation, error)
    })
  }

  return { options, raw, open, call }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
