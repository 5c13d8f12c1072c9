import type { Clock } from '@astrbot/core'

/** How often something may happen: a reserve that refills steadily. */
export class Pace {
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #burst: number
  #left: number
  #at: number

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#burst = burst
    this.#left = burst
    this.#at = clock.now()
  }

  /** Takes one from the reserve, and answers the milliseconds to wait before going on. */
  take(): number {
    const now = this.#clock.now()
    const refilled = (Math.max(0, now - this.#at) / 1000) * this.#perSecond
    this.#at = now
    this.#left = Math.min(this.#burst, this.#left + refilled) - 1
    return this.#left >= 0 ? 0 : (-this.#left / this.#perSecond) * 1000
  }
}
