import { AstrBotError } from '../errors/astrbot-error.ts'
import type { ChatAnswer } from './types.ts'

/**
 * The turn broke: its stream carried an `error` event. `code` is from the server's catalogue (`provider_timeout` …),
 * `cause` what an upstream service answered, if any.
 */
export class RunError extends AstrBotError {
  override name = 'RunError'
  /** What had been said until then. */
  readonly answer: ChatAnswer

  constructor(code: string, message: string, cause: string | undefined, answer: ChatAnswer) {
    super(code, message, cause)
    this.answer = answer
  }
}
