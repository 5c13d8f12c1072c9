import { AstrBotError } from '../errors/astrbot-error.ts'
import type { VoiceAnswer } from './types.ts'

/** A spoken turn broke. `code` is from the server's catalogue where it has one. */
export class VoiceError extends AstrBotError {
  override name = 'VoiceError'
  /** What had been said until then. */
  readonly answer: VoiceAnswer

  constructor(code: string, message: string, answer: VoiceAnswer) {
    super(code, message)
    this.answer = answer
  }
}
