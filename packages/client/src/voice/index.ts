export { DeliveryError } from '../socket/delivery-error.ts'
export { openVoice } from './open-voice.ts'
export type { Sound } from './sound.ts'
export type {
  Utterance,
  VoiceAnswer,
  VoiceEvent,
  VoiceMetrics,
  VoiceOptions,
  VoiceSession,
  VoiceSessionEvent,
  VoiceTurn,
} from './types.ts'
export { VoiceError } from './voice-error.ts'
