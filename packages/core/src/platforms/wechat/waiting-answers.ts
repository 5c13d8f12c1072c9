/** How long WeChat waits for the answer to a callback is five seconds; it asks three times. */
const patienceMs = 4500
const forgetMs = 30_000

interface Waiting {
  text: Promise<string>
  give(text: string): void
  given: boolean
  /** Callbacks that are still open for it. */
  open: number
}

/** Answers that go back inside of a callback: what is said to a person first, after they said something. */
export class WaitingAnswers {
  /** By message, so that WeChat's second and third attempt wait for the same. */
  readonly #byMessage = new Map<string, Waiting>()
  readonly #byUser = new Map<string, Waiting>()

  /** Whether this callback brings the message for the first time. */
  isNew(messageId: string): boolean {
    return !this.#byMessage.has(messageId)
  }

  /** Begins to wait for an answer to a message. */
  begin(messageId: string, user: string): void {
    const { promise, resolve } = Promise.withResolvers<string>()
    const waiting: Waiting = { text: promise, give: resolve, given: false, open: 0 }
    this.#byMessage.set(messageId, waiting)
    this.#byUser.set(user, waiting)
    setTimeout(() => {
      this.#byMessage.delete(messageId)
      if (this.#byUser.get(user) === waiting) this.#byUser.delete(user)
    }, forgetMs).unref()
  }

  /** The answer, or undefined when there is none yet. */
  async answer(messageId: string): Promise<string | undefined> {
    const waiting = this.#byMessage.get(messageId)
    if (!waiting) return undefined
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<undefined>(resolve => {
      timer = setTimeout(() => resolve(undefined), patienceMs)
    })
    waiting.open++
    try {
      return await Promise.race([waiting.text, patience])
    } finally {
      waiting.open--
      clearTimeout(timer)
    }
  }

  /** Gives a person's waiting callback its answer; false when none waits any more. */
  give(user: string, text: string): boolean {
    const waiting = this.#byUser.get(user)
    if (!waiting || waiting.given || waiting.open === 0) return false
    waiting.given = true
    waiting.give(text)
    return true
  }
}
