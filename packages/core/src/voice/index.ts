/** Talking to the bot: speech in, sentences and speech out. */
export type { VoiceEvent, VoiceListener } from './events.ts'
export type { Stamp } from './utterance.ts'
export { createVoice, type Voice, type VoiceServices, type VoiceSession } from './voice.ts'
