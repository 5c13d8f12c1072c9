import { type Clock, second } from '../clock.ts'

/**
 * When keys were last used: kept in memory and written at most once a second, so that a request costs no write. What is
 * not written yet is merged into listings; a crash loses a second of it.
 */
export class KeyUses {
  readonly #clock: Clock
  readonly #write: (uses: ReadonlyMap<string, number>) => Promise<void>
  readonly #pending = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()

  constructor(clock: Clock, write: (uses: ReadonlyMap<string, number>) => Promise<void>) {
    this.#clock = clock
    this.#write = write
  }

  /** Notes that a key was used now. */
  note(keyId: string): void {
    this.#pending.set(keyId, this.#clock.now())
    this.#schedule()
  }

  /** The last use of a key that the database does not know yet. */
  pending(keyId: string): number | undefined {
    return this.#pending.get(keyId)
  }

  /** Drops what is noted of a key that no longer exists. */
  forget(keyId: string): void {
    this.#pending.delete(keyId)
  }

  /** Writes everything noted so far. What cannot be written stays noted. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const result = this.#flushing.then(() => this.#writeAll())
    this.#flushing = result.catch(() => {})
    return result
  }

  async #writeAll(): Promise<void> {
    const uses = new Map(this.#pending)
    if (uses.size === 0) return
    await this.#write(uses)
    for (const [keyId, at] of uses) if (this.#pending.get(keyId) === at) this.#pending.delete(keyId)
  }

  #schedule(): void {
    if (this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      // The database is busy or away: the next use tries again.
      this.flush().catch(() => {})
    }, second)
    this.#timer.unref()
  }
}
