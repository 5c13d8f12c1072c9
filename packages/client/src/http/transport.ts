import { during } from '../errors/astrbot-error.ts'
import { errorFromAnswer } from '../errors/from-answer.ts'
import type { ClientOptions } from '../options.ts'
import { createLifetime } from './lifetime.ts'
import { type Answer, readText } from './read.ts'
import { type CallInit, describeRequest } from './request.ts'
import { send } from './send.ts'
import { unwrap } from './unwrap.ts'

/** The untyped layer between the calls and the wire. */
export interface Transport {
  readonly options: ClientOptions
  readonly baseUrl: string
  /** Sends, and throws for every failed status; the body of the answer is still to be read. */
  open(method: string, path: string, init?: CallInit, scope?: string): Promise<Answer>
  /** Sends and reads: see `unwrap`. */
  call(method: string, path: string, init?: CallInit, scope?: string): Promise<unknown>
}

export function createTransport(options: ClientOptions): Transport {
  const baseUrl = options.baseUrl.replace(/(\/api\/v1)?\/*$/, '')

  async function open(method: string, path: string, init: CallInit = {}, scope?: string): Promise<Answer> {
    const operation = `${method} ${path}`
    const { idleTimeout = options.idleTimeout ?? 60_000 } = init
    const lifetime = createLifetime(init.signal)
    const answer = { operation, idleTimeout, lifetime }
    try {
      const [url, request] = describeRequest(baseUrl, method, path, init, options.headers)
      const response = await send(options, {
        operation,
        lifetime,
        request: () => new Request(url, { ...request, signal: lifetime.signal }),
        // A stream that has been sent is gone.
        ...(init.body instanceof ReadableStream ? { ...init, retries: 0 } : init),
      })
      if (response.ok) return { ...answer, response }
      throw errorFromAnswer(response, jsonOrText(await readText({ ...answer, response })), scope)
    } catch (error) {
      lifetime.release()
      throw during(operation, error)
    }
  }

  return {
    options,
    baseUrl,
    open,
    call: async (method, path, init, scope) => unwrap(await open(method, path, init, scope), scope),
  }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
