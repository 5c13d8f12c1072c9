import createRawClient, { type Client } from 'openapi-fetch'
import type { paths } from './generated/types.ts'
import type { HttpClient } from './http/client.ts'
import { createLifetime } from './http/lifetime.ts'
import { send } from './http/send.ts'

/**
 * openapi-fetch over the same credentials, timeouts and retries: it answers `{ data, error, response }`, envelope and
 * all, throws only when there is no answer, and takes middleware.
 * @example const { data, response } = await raw(client).GET('/api/v1/chat/configs')
 */
export function raw(client: HttpClient): Client<paths> {
  const { options, baseUrl } = client.transport
  return createRawClient<paths>({
    baseUrl,
    headers: options.headers ?? {},
    fetch: request => {
      const lifetime = createLifetime(request.signal)
      return send(options, {
        operation: `${request.method} ${new URL(request.url).pathname}`,
        lifetime,
        request: again => new Request(again ? request.clone() : request, { signal: lifetime.signal }),
      })
    },
  })
}
