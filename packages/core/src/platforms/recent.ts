/** Remembers the newest entries of a kind, and forgets the oldest. */
export class Recent<V> {
  readonly #entries = new Map<string, V>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)
  }

  /** False when the key was there already; its value is left as it is. */
  add(key: string, value: V): boolean {
    if (this.#entries.has(key)) return false
    this.#entries.set(key, value)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#most && oldest !== undefined) this.#entries.delete(oldest)
    return true
  }
}
