import type { Schemas } from '@astrbot/contract'
import type { AstrBotError } from '../errors.ts'

/** What happens in a voice session, in the order in which the client is to know. */
export type VoiceEvent =
  | { type: 'metrics'; metrics: Schemas['LiveMetrics'] }
  /** What was understood. Times are epoch milliseconds. */
  | { type: 'heard'; text: string; at: number }
  /** A piece of the answer as the model writes it. */
  | { type: 'delta'; text: string }
  /** The text of the sound that follows. */
  | { type: 'sentence'; text: string }
  /** A sound file. */
  | { type: 'sound'; bytes: Uint8Array }
  /** The whole answer, when it was not spoken. */
  | { type: 'answer'; text: string; at: number }
  | { type: 'failed'; error: AstrBotError }
  /** The run of the turn broke, and has words for it. */
  | { type: 'broke'; code: string; text: string }
  /** The answer was interrupted. */
  | { type: 'stopped' }
  /** The turn is over. */
  | { type: 'end' }

/** Hears of events; answers when it is ready for the next one. */
export type VoiceListener = (event: VoiceEvent) => Promise<void>
