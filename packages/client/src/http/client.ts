import type { paths } from '../generated/types.ts'
import type { ClientOptions } from '../options.ts'
import { type PagedItem, type PagedPath, paginate } from '../paginate.ts'
import type { Data, Init, MaybeOptional, PathWith, Verb } from './contract-types.ts'
import type { CallInit } from './request.ts'
import { createTransport, type Transport } from './transport.ts'

type ByPath<V extends Verb> = <P extends PathWith<V>>(
  path: P,
  ...init: MaybeOptional<Init<paths[P][V]>>
) => Promise<Data<paths[P][V]>>

/** Calls by path, without the helpers for chat. */
export interface HttpClient {
  /**
   * GET a path of the contract; resolves to `data` of the answer.
   * @throws APIError and its kinds, ConnectionError, TimeoutError, IdleTimeoutError, AbortError, ProtocolError
   * @example await client.get('/api/v1/chat/sessions/{session_id}', { params: { path: { session_id } } })
   */
  readonly get: ByPath<'get'>
  /** POST to a path of the contract; see {@link HttpClient.get}. */
  readonly post: ByPath<'post'>
  /** PUT to a path of the contract; see {@link HttpClient.get}. */
  readonly put: ByPath<'put'>
  /** PATCH a path of the contract; see {@link HttpClient.get}. */
  readonly patch: ByPath<'patch'>
  /** DELETE a path of the contract; see {@link HttpClient.get}. */
  readonly delete: ByPath<'delete'>
  /**
   * Every item of a list that comes in pages, fetched page after page while the loop goes on.
   * @example for await (const session of client.paginate('/api/v1/chat/sessions', { params: { query: { username } } })) …
   */
  readonly paginate: <P extends PagedPath>(
    path: P,
    ...init: MaybeOptional<Init<paths[P]['get']>>
  ) => AsyncGenerator<PagedItem<P>, void, void>
  /** The untyped layer below: for paths the contract does not have, and for answers as they come (`open`). */
  readonly transport: Transport
}

/**
 * The client without `chat`: smaller, for programs that do not chat.
 * @example const client = createHttpClient({ baseUrl: 'http://127.0.0.1:6185', apiKey: 'abk_…' })
 */
export function createHttpClient(options: ClientOptions): HttpClient {
  const transport = createTransport(options)
  const by = (method: string) => (path: string, init?: CallInit) => transport.call(method, path, init)
  const client = {
    get: by('GET'),
    post: by('POST'),
    put: by('PUT'),
    patch: by('PATCH'),
    delete: by('DELETE'),
    paginate: (path: string, init?: CallInit) => paginate(transport, path, init),
    transport,
  }
  // The boundary: the contract says what the wire carries, nothing checks it here.
  return client as unknown as HttpClient
}
