import { type Clock, second } from '../clock.ts'

/** How often something may be tried: `burst` times at once, then once per `interval` (milliseconds). */
export interface Rate {
  burst: number
  interval: number
}

// A few hundred kilobytes. Whoever has more addresses than this is not held back by counting addresses.
const mostKeys = 10_000

/**
 * Token buckets by key. A bucket is one number: the moment at which it will be full again. Each attempt moves it one
 * interval ahead, and an attempt that would move it further than the burst allows is refused.
 */
export class RateLimiter {
  readonly #clock: Clock
  readonly #fullAt = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts an attempt. Answers 0 when it is allowed, else the seconds to wait (whole, at least 1). */
  take(key: string, rate: Rate): number {
    const now = this.#clock.now()
    const fullAt = Math.max(this.#fullAt.get(key) ?? 0, now)
    const wait = fullAt - (rate.burst - 1) * rate.interval - now
    // Set anew even when refused: the map's order is the order of use, and the busiest must not be forgotten first.
    this.#fullAt.delete(key)
    this.#fullAt.set(key, wait > 0 ? fullAt : fullAt + rate.interval)
    if (this.#fullAt.size > mostKeys) this.#forgetIdlest()
    return wait > 0 ? Math.max(1, Math.ceil(wait / second)) : 0
  }

  /** The number of keys remembered. */
  get size(): number {
    return this.#fullAt.size
  }

  #forgetIdlest(): void {
    const [idlest] = this.#fullAt.keys()
    if (idlest !== undefined) this.#fullAt.delete(idlest)
  }
}
