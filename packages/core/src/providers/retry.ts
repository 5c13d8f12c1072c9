import type { Clock } from '../clock.ts'
import type { VendorFailure } from './failure.ts'

/** How often a call is made again, unless somebody wants it otherwise. */
export const usualRetries = 2

/** Keys that one call tries. */
const mostKeys = 10

const anotherKeyMs = 100
const firstWaitMs = 500
const longestWaitMs = 10_000
const longestRetryAfterMs = 20_000

/**
 * Milliseconds to wait before the next try, or undefined when there is no point in one: the failure is final, the tries
 * are used up, or the vendor asks for more patience than a chat has.
 *
 * @param attempt tries made so far, from 1
 * @param keys how many keys there are: a refused one need not mean the next is refused too
 * @param random from 0 to 1: full jitter, so that many failed callers do not come back together
 * @param maxRetries tries after the first one
 */
export function waitBeforeRetry(
  failure: VendorFailure,
  attempt: number,
  keys: number,
  clock: Clock,
  random: () => number,
  maxRetries: number = usualRetries,
): number | undefined {
  const refused = failure.status === 401 || failure.status === 403
  // Another key has its own quota: how long the vendor wants this one to rest does not matter.
  if ((refused || failure.status === 429) && attempt < Math.min(keys, mostKeys)) return refused ? 0 : anotherKeyMs
  if (refused || attempt > maxRetries) return undefined
  if (!failure.passing) return undefined
  const asked = retryAfterMs(failure.retryAfter, clock)
  if (asked > longestRetryAfterMs) return undefined
  return Math.max(asked, Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1)) * random())
}

/** Seconds or an HTTP date. */
function retryAfterMs(header: string | undefined, clock: Clock): number {
  if (!header) return 0
  const seconds = Number(header)
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - clock.now()
  return Number.isFinite(wait) ? Math.max(0, wait) : 0
}

/** Waits; rejects at once with the signal's reason when that is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
