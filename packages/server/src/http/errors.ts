import { errorCatalogue } from '@astrbot/contract'
import { AstrBotError } from '@astrbot/core'

/** An error as it leaves the server. */
export interface ErrorAnswer {
  status: number
  headers: Record<string, string>
  body: { status: 'error'; message: string; data: Record<string, unknown> }
}

/**
 * The answer to a refused or failed request, in the caller's language. Anything that is not an `AstrBotError` is an
 * accident: the caller learns `internal_error` and a request id, the log learns the rest.
 */
export function errorAnswer(error: unknown, requestId: string, acceptLanguage: string | undefined): ErrorAnswer {
  const known = error instanceof AstrBotError ? error : new AstrBotError('internal_error')
  const entry = errorCatalogue[known.code]
  const template = prefersChinese(acceptLanguage) ? entry.zh : entry.en
  const message = template.replace(/\{(\w+)\}/g, (_, name: string) => String(known.params[name] ?? ''))
  const headers: Record<string, string> = {}
  if (entry.status === 401) headers['WWW-Authenticate'] = 'Bearer'
  const retryAfter = known.data['retry_after']
  if (typeof retryAfter === 'number') headers['Retry-After'] = String(Math.max(1, Math.ceil(retryAfter)))
  if (entry.status === 426) headers['Upgrade'] = 'websocket'
  const size = known.data['size']
  if (known.code === 'range_not_satisfiable' && typeof size === 'number') headers['Content-Range'] = `bytes */${size}`
  return {
    status: entry.status,
    headers,
    body: { status: 'error', message, data: { code: known.code, request_id: requestId, ...known.data } },
  }
}

/** Whether a caller wants to read Chinese rather than English. */
export function prefersChinese(acceptLanguage: string | undefined): boolean {
  return acceptLanguage?.trim().toLowerCase().startsWith('zh') === true
}
