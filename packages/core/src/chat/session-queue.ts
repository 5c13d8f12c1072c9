/** Lets the turns of one key run one after the other, in the order in which they asked; different keys do not wait. */
export class SessionQueue {
  readonly #tails = new Map<string, Promise<void>>()

  /** Waits for the turns before this one and answers the function that lets the next one go. */
  async enter(key: string): Promise<() => void> {
    const before = this.#tails.get(key)
    const turn = Promise.withResolvers<void>()
    const tail = (before ?? Promise.resolve()).then(() => turn.promise)
    this.#tails.set(key, tail)
    await before
    return () => {
      turn.resolve()
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    }
  }
}
