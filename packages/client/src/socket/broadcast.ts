/** Items for any number of readers; each gets what comes after it began. */
export interface Broadcast<T> {
  publish(item: T): void
  /** Readers end after what they have been given. */
  close(): void
  read(): AsyncGenerator<T, void, void>
}

export function createBroadcast<T>(): Broadcast<T> {
  const readers = new Set<{ items: T[]; wake: () => void }>()
  let closed = false

  async function* iterate(reader: { items: T[]; wake: () => void }): AsyncGenerator<T, void, void> {
    try {
      for (;;) {
        const next = new Promise<void>(resolve => {
          reader.wake = resolve
        })
        yield* reader.items.splice(0)
        if (reader.items.length > 0) continue
        if (closed) return
        await next
      }
    } finally {
      readers.delete(reader)
    }
  }

  return {
    publish(item) {
      for (const reader of readers) {
        reader.items.push(item)
        reader.wake()
      }
    },
    close() {
      closed = true
      for (const reader of readers) reader.wake()
    },
    read() {
      const reader = { items: [], wake: () => {} }
      // From now on, not from the first `next()` on.
      readers.add(reader)
      return iterate(reader)
    },
  }
}
