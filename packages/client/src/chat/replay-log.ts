/** A list that grows, and that any number of readers follow from its start. */
export interface ReplayLog<T> {
  push(item: T): void
  /** Nothing more will come. With an error, readers throw it after the last item. */
  close(error?: unknown): void
  read(): AsyncGenerator<T, void, void>
}

export function createReplayLog<T>(): ReplayLog<T> {
  const items: T[] = []
  let end: { error: unknown } | undefined
  let wake = () => {}
  let changed = Promise.resolve()

  function renew(): void {
    wake()
    changed = new Promise(resolve => {
      wake = resolve
    })
  }
  renew()

  return {
    push(item) {
      items.push(item)
      renew()
    },
    close(error) {
      end ??= { error }
      renew()
    },
    async *read() {
      for (let at = 0; ; ) {
        const unread = items.slice(at)
        at += unread.length
        yield* unread
        if (at < items.length) continue
        if (end?.error !== undefined) throw end.error
        if (end) return
        await changed
      }
    },
  }
}
