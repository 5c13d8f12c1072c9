import type { Credentials } from '@astrbot/core'

export const tokenCookie = 'astrbot_dashboard_jwt'

/**
 * Collects what a request shows of itself. A Bearer value hides every other carrier; otherwise the first API key found
 * counts and wins over the cookie. The name `key` is common in URLs, so it counts only with a key's own prefix. Of a name
 * that comes twice, the last value counts.
 */
export function credentialsOf(request: Request, query: URLSearchParams | undefined): Credentials {
  const authorization = request.headers.get('authorization')?.trim() ?? ''
  if (authorization.startsWith('Bearer ')) return { bearer: authorization.slice(7).trim() }
  const key = lastOf(query, 'key')
  const apiKey =
    (authorization.startsWith('ApiKey ') && authorization.slice(7).trim()) ||
    lastOf(query, 'api_key') ||
    (key?.startsWith('abk_') && key) ||
    request.headers.get('x-api-key')
  if (apiKey) return { apiKey }
  const cookieToken = cookie(request, tokenCookie)
  return cookieToken ? { cookieToken } : {}
}

/** A query parameter that may come twice. */
export function lastOf(query: URLSearchParams | undefined, name: string): string | undefined {
  return query?.getAll(name).at(-1)?.trim()
}

/** The value of a cookie of the request. */
export function cookie(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name)
      return pair
        .slice(at + 1)
        .trim()
        .replace(/^"|"$/g, '')
  }
  return undefined
}
