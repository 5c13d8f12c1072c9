import type { Clock } from '../clock.ts'

/** Values by key that are forgotten after a while. */
export class ShortMemory<T> {
  readonly #clock: Clock
  readonly #lifetime: number
  readonly #entries = new Map<string, { value: T; until: number }>()

  /** @param lifetime in milliseconds */
  constructor(clock: Clock, lifetime: number) {
    this.#clock = clock
    this.#lifetime = lifetime
  }

  set(key: string, value: T): void {
    const now = this.#clock.now()
    for (const [old, { until }] of this.#entries) if (until <= now) this.#entries.delete(old)
    this.#entries.set(key, { value, until: now + this.#lifetime })
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key)
    return entry && entry.until > this.#clock.now() ? entry.value : undefined
  }

  forget(key: string): void {
    this.#entries.delete(key)
  }
}
