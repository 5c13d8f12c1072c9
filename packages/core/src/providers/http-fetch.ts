import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { type AddressPolicy, guardedLookup, refuseHost } from '../guards/safe-fetch.ts'
import { version } from '../version.ts'

export type Fetch = typeof globalThis.fetch

/** Gives the `fetch` that goes through a proxy (`http://host:port`), or without one for an empty text. */
export type Transport = (proxy: string) => Fetch

/** A transport that keeps connections open for the next call, and reaches no address that the policy forbids. */
export function createTransport(policy: AddressPolicy = { privateAddresses: 'allow' }): Transport {
  const fetches = new Map<string, Fetch>()
  return proxy => {
    const fetch = fetches.get(proxy) ?? createHttpFetch(proxy, policy)
    fetches.set(proxy, fetch)
    return fetch
  }
}

/**
 * `fetch` on Node's own HTTP client, as far as calls to model APIs need it. Against the built-in `fetch` it costs less
 * CPU per streamed token, waits as long as the caller does (the built-in one gives up after 300 s of silence), goes
 * through a proxy, and follows no redirect, so that keys stay with the host they are meant for.
 */
function createHttpFetch(proxy: string, policy: AddressPolicy): Fetch {
  const lookup = guardedLookup(policy)
  const agents = { 'http:': new HttpAgent(agentOptions(proxy)), 'https:': new HttpsAgent(agentOptions(proxy)) }
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const { method = 'GET', body, signal } = init
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`No such protocol: ${url.protocol}`)
    refuseHost(url, policy)
    if (body !== undefined && body !== null && typeof body !== 'string' && !(body instanceof Uint8Array))
      throw new TypeError('Only bodies of text or bytes')
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const options = {
      method,
      headers: Object.fromEntries(signed(new Headers(init.headers))),
      agent: agents[url.protocol],
      lookup,
    }

    const exchange = async (): Promise<Response> => {
      signal?.throwIfAborted()
      const outgoing = send(url, options)
      try {
        return await new Promise<Response>((resolve, reject) => {
          const stop = () => outgoing.destroy(signal?.reason)
          signal?.addEventListener('abort', stop, { once: true })
          outgoing.on('close', () => signal?.removeEventListener('abort', stop))
          outgoing.on('error', error => reject(signal?.aborted ? signal.reason : error))
          outgoing.on('response', incoming => {
            try {
              resolve(toResponse(incoming, signal ?? undefined))
            } catch (error) {
              incoming.destroy()
              reject(error)
            }
          })
          outgoing.end(body ?? undefined)
        })
      } catch (error) {
        if (signal?.aborted) throw error
        // The other side had closed the kept connection, which shows only now.
        if (outgoing.reusedSocket && error instanceof Error && Reflect.get(error, 'code') === 'ECONNRESET')
          return exchange()
        throw new TypeError('fetch failed', { cause: error })
      }
    }
    return exchange()
  }
}

/** Says who is calling, unless the caller says it: some vendors answer nobody they do not know. */
function signed(headers: Headers): Headers {
  // The AI SDK puts its own names behind ours.
  const given = headers
    .get('user-agent')
    ?.replace(/(^|\s)ai-sdk\S*\/.*$/, '')
    .trim()
  headers.set('user-agent', given || `astrbot/${version}`)
  return headers
}

function agentOptions(proxy: string) {
  if (!proxy) return { keepAlive: true }
  if (!/^https?:\/\//i.test(proxy)) throw new TypeError('Only proxies with http:// or https:// are supported')
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 21) || (major === 24 && minor < 5)) {
    throw new TypeError('Proxies need Node 22.21, 24.5 or later')
  }
  return { keepAlive: true, proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }
}

function toResponse(incoming: IncomingMessage, signal: AbortSignal | undefined): Response {
  const { statusCode: status = 0, statusMessage: statusText = '' } = incoming
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  const bodiless = status === 204 || status === 304
  if (bodiless) incoming.resume()
  return new Response(bodiless ? null : bodyOf(incoming, signal), { status, statusText, headers })
}

function bodyOf(incoming: IncomingMessage, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        incoming.on('data', (chunk: Buffer) => {
          controller.enqueue(chunk)
          if ((controller.desiredSize ?? 0) <= 0) incoming.pause()
        })
        incoming.on('end', () => controller.close())
        incoming.on('error', error => {
          controller.error(signal?.aborted ? signal.reason : new TypeError('terminated', { cause: error }))
        })
      },
      pull() {
        incoming.resume()
      },
      cancel() {
        incoming.destroy()
      },
    },
    { highWaterMark: 16 },
  )
}
