/** Aborts a call when its user stops it, or when the other side is silent for too long. */
export class Patience {
  readonly signal: AbortSignal
  /** True once the silence was too long. */
  ranOut = false
  readonly #controller = new AbortController()
  readonly #user: AbortSignal
  readonly #timer: NodeJS.Timeout
  #waiting = true
  #lingering = false

  constructor(silenceMs: number, user: AbortSignal) {
    this.signal = this.#controller.signal
    this.#user = user
    this.#timer = setTimeout(() => this.#elapsed(), silenceMs)
    user.addEventListener('abort', this.#stop, { once: true })
    if (user.aborted) this.#stop()
  }

  /** Counts from now until `answered`: the time in which the answer is being used is not the other side's. */
  wait(): void {
    this.#waiting = true
    this.#timer.refresh()
  }

  answered(): void {
    this.#waiting = false
  }

  /** Ends the call, whatever its state: its connection is free again. */
  end(): void {
    clearTimeout(this.#timer)
    this.#user.removeEventListener('abort', this.#stop)
    if (!this.#lingering) this.#controller.abort()
  }

  /** As `end`, but gives the connection a moment to finish its last answer, so that the next call can use it again. */
  linger(rest: Promise<unknown>): void {
    this.#lingering = true
    this.#waiting = false
    const giveUp = setTimeout(() => this.#controller.abort(), 1000)
    giveUp.unref()
    rest.then(
      () => clearTimeout(giveUp),
      () => clearTimeout(giveUp),
    )
  }

  readonly #stop = () => this.#controller.abort(this.#user.reason)

  #elapsed(): void {
    if (!this.#waiting) return
    this.ranOut = true
    this.#controller.abort(new DOMException('The model provider fell silent', 'TimeoutError'))
  }
}
