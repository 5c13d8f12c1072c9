import { createQuerySerializer, mergeHeaders } from 'openapi-fetch'
import type { RequestOptions } from '../options.ts'
import { serialiseBody } from './body.ts'
import { fillPath } from './path.ts'

/** A call before the contract types it. Fields that `fetch` knows (`credentials`, `cache`, …) are passed on. */
export interface CallInit extends RequestOptions {
  params?: { path?: Record<string, unknown>; query?: Record<string, unknown>; header?: Record<string, unknown> }
  body?: unknown
  [fetchOption: string]: unknown
}

const queryText = createQuerySerializer()

/** Address and `fetch` options of a call. */
export function describeRequest(
  baseUrl: string,
  method: string,
  path: string,
  init: CallInit,
  common: Record<string, string> | undefined,
): [url: string, init: RequestInit] {
  const { params = {}, body, headers, timeout, idleTimeout, retries, signal, ...fetchOptions } = init
  const query = queryText(params.query ?? {})
  const { payload, type } = serialiseBody(body)
  return [
    baseUrl + fillPath(path, params.path) + (query && `?${query}`),
    {
      ...fetchOptions,
      ...(body instanceof ReadableStream && { duplex: 'half' }),
      method,
      headers: mergeHeaders(
        type ? { 'Content-Type': type } : {},
        common,
        headers,
        params.header as Record<string, string>,
      ),
      ...(payload !== undefined && { body: payload }),
    },
  ]
}
