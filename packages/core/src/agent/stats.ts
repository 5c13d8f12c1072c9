import type { AgentStats } from '../chat/types.ts'
import type { Clock } from '../clock.ts'
import type { TokenUsage } from '../providers/model.ts'

/** Counts what a turn takes. */
export class TurnStats {
  readonly startedAt: number
  /** Of all requests together. */
  readonly usage: TokenUsage = { inputOther: 0, inputCached: 0, output: 0 }
  /** Of the latest request. */
  latest: TokenUsage | undefined
  readonly #clock: Clock
  #firstTokenAt: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.startedAt = clock.now()
  }

  /** The first piece of a streamed answer is there. */
  heard(): void {
    this.#firstTokenAt ??= this.#clock.now()
  }

  add(usage: TokenUsage): void {
    this.usage.inputOther += usage.inputOther
    this.usage.inputCached += usage.inputCached
    this.usage.output += usage.output
    this.latest = usage
  }

  /** Milliseconds; 0 when nothing was streamed. */
  get timeToFirstToken(): number {
    return this.#firstTokenAt === undefined ? 0 : this.#firstTokenAt - this.startedAt
  }

  view(): AgentStats {
    const { inputOther, inputCached, output } = this.usage
    return {
      token_usage: { input_other: inputOther, input_cached: inputCached, output },
      current_context_tokens: this.latest ? this.latest.inputOther + this.latest.inputCached : 0,
      start_time: this.startedAt / 1000,
      end_time: this.#clock.now() / 1000,
      time_to_first_token: this.timeToFirstToken / 1000,
    }
  }
}

export function totalOf({ inputOther, inputCached, output }: TokenUsage): number {
  return inputOther + inputCached + output
}
