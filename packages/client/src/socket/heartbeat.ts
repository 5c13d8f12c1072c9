export interface HeartbeatOptions {
  /** Milliseconds of silence after which a ping goes out; 0 never. */
  every: number
  /** Milliseconds of silence after a ping that are too many. */
  patience(): number
  ping(): void
  onSilence(milliseconds: number): void
  onLatency(milliseconds: number): void
}

/** Watches whether anything arrives. */
export interface Heartbeat {
  start(): void
  /** A frame arrived; `answer` when it answers a ping. */
  heard(answer: boolean): void
  stop(): void
}

/** `proof` outlives the connection: silence says something only of servers that have answered a ping before. */
export function createHeartbeat(
  { every, patience, ping, onSilence, onLatency }: HeartbeatOptions,
  proof: { answers: boolean },
): Heartbeat {
  let timer: ReturnType<typeof setTimeout> | undefined
  let last = 0
  let asked: number | undefined

  function arm(milliseconds: number, then: () => void): void {
    clearTimeout(timer)
    timer = setTimeout(then, milliseconds)
  }

  function ask(): void {
    asked = Date.now()
    ping()
    arm(patience(), judge)
  }

  function judge(): void {
    const silent = Date.now() - last
    if (proof.answers && silent >= patience()) onSilence(silent)
    else arm(every, check)
  }

  function check(): void {
    const silent = Date.now() - last
    if (silent < every) arm(every - silent, check)
    else ask()
  }

  return {
    start() {
      last = Date.now()
      // At once: what the first answer tells is needed when it gets silent.
      if (every > 0) ask()
    },
    heard(answer) {
      last = Date.now()
      if (!answer || asked === undefined) return
      proof.answers = true
      onLatency(last - asked)
      asked = undefined
      arm(every, check)
    },
    stop() {
      clearTimeout(timer)
    },
  }
}
