import type { Clock } from '../../clock.ts'
import { halt, onward, type Stage } from '../visit.ts'

export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>

/** Messages of one origin that may wait for their turn; more are left unanswered. */
const mostWaiting = 100
/** A message waits a little longer than it has to, so that clocks that differ do not matter. */
const graceMs = 300
const sweepEvery = 1000

interface Window {
  /** When messages were let through, oldest first. */
  passed: number[]
  waiting: number
  tail: Promise<unknown>
}

/**
 * Lets a number of messages of an origin through in a span of time. What is too much waits its turn (`stall`) or is left
 * unanswered (`discard`). Web chats pass: who writes there has credentials, and programs send as fast as they are answered.
 */
export function rateLimit(clock: Clock, sleep: Sleep): Stage {
  const windows = new Map<string, Window>()
  let seen = 0

  const forgetOld = (spanMs: number) => {
    const now = clock.now()
    for (const [umo, { passed, waiting }] of windows) {
      if (waiting === 0 && (passed.at(-1) ?? 0) <= now - spanMs) windows.delete(umo)
    }
  }

  return async ({ message: { umo, adapter }, config, signal }) => {
    const { count, time, strategy } = config.platform_settings.rate_limit
    if (count <= 0 || adapter === 'webchat') return onward
    const spanMs = time * 1000
    if (++seen % sweepEvery === 0) forgetOld(spanMs)
    const window = windows.get(umo) ?? { passed: [], waiting: 0, tail: Promise.resolve() }
    windows.set(umo, window)

    /** Milliseconds until there is room. */
    const wait = () => {
      const now = clock.now()
      const first = window.passed.findIndex(at => at > now - spanMs)
      window.passed.splice(0, first < 0 ? window.passed.length : first)
      const oldest = window.passed[window.passed.length - count]
      return oldest === undefined ? 0 : oldest + spanMs - now
    }
    const take = () => {
      window.passed.push(clock.now())
      return onward
    }

    if (window.waiting === 0 && wait() === 0) return take()
    if (strategy === 'discard' || window.waiting >= mostWaiting) return halt('too many messages')
    window.waiting++
    const turn = window.tail.then(async () => {
      for (let ms = wait(); ms > 0; ms = wait()) await sleep(ms + graceMs, signal)
      signal.throwIfAborted()
      return take()
    })
    window.tail = turn.catch(() => {})
    try {
      return await turn
    } catch (error) {
      if (signal.aborted) return halt('it was stopped while it waited')
      throw error
    } finally {
      window.waiting--
    }
  }
}
