const safeMethods = ['GET', 'HEAD', 'PUT', 'DELETE']
const passing = [408, 429, 502, 503, 504]
const longestWait = 60_000

/** Seconds of a `Retry-After` header, which holds seconds or a date. */
export function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after')
  if (!value) return undefined
  const seconds = Number.isNaN(Number(value)) ? (Date.parse(value) - Date.now()) / 1000 : Number(value)
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}

/** Full jitter: anything below 0.5 s, 1 s, 2 s … 8 s, so that clients that failed together do not come back together. */
export function fullJitter(attempt: number): number {
  return Math.random() * Math.min(8000, 500 * 2 ** attempt)
}

/**
 * Milliseconds to wait before a request is sent again, or undefined when it must not be. Without a response the
 * connection failed, and nobody knows whether the server has done the work; so POST and PATCH are only sent again when
 * the server itself turned them away and named a time (429 or 503 with `Retry-After`).
 */
export function waitBeforeRetry(
  method: string,
  response: Response | undefined,
  attempt: number,
  delay: (attempt: number) => number,
): number | undefined {
  if (response && !passing.includes(response.status)) return undefined
  const named = response && retryAfter(response.headers)
  const turnedAway = named !== undefined && (response?.status === 429 || response?.status === 503)
  if (!safeMethods.includes(method) && !turnedAway) return undefined
  const wait = named === undefined ? delay(attempt) : named * 1000
  return wait > longestWait ? undefined : wait
}
