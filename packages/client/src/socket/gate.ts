/** Lets waiters through while it is open. */
export interface Gate {
  open(): void
  shut(): void
  /** Waiters are turned away from now on. */
  fail(error: unknown): void
  passed(): Promise<void>
}

export function createGate(): Gate {
  const waiters: { resolve: () => void; reject: (error: unknown) => void }[] = []
  let isOpen = false
  let failure: { error: unknown } | undefined

  return {
    open() {
      isOpen = true
      for (const { resolve } of waiters.splice(0)) resolve()
    },
    shut() {
      isOpen = false
    },
    fail(error) {
      failure = { error }
      for (const { reject } of waiters.splice(0)) reject(error)
    },
    passed: () =>
      new Promise((resolve, reject) => {
        if (failure) reject(failure.error)
        else if (isOpen) resolve()
        else waiters.push({ resolve, reject })
      }),
  }
}
