/// <reference lib="esnext.disposable" preserve="true" />
import type { AstrBotError } from '../errors/astrbot-error.ts'
import type { components } from '../generated/types.ts'
import type { ConnectionState } from '../socket/connection.ts'
import type { ConnectOptions } from '../socket/options.ts'
import type { Sound } from './sound.ts'

type Schemas = components['schemas']

/** One event of a turn; tell them apart by `t`, and ignore those you do not know. */
export type VoiceEvent =
  | Schemas['LiveMetricsFrame']
  | Schemas['LiveUserMessageFrame']
  | Schemas['LiveBotDeltaFrame']
  | Schemas['LiveBotTextFrame']
  | Schemas['LiveAudioFrame']
  | Schemas['LiveBotMessageFrame']
  | Schemas['LiveStopPlayFrame']
  | Schemas['LiveErrorFrame']
  | Schemas['LiveEndFrame']

export type VoiceMetrics = Schemas['LiveMetrics']

/** What a turn came to. */
export interface VoiceAnswer {
  /** What was understood, or what was typed. */
  heard: string
  /** The answer. */
  text: string
  /** Pieces of sound that came. */
  sounds: number
  interrupted: boolean
  /** Times and names; the last ones may come after the turn. */
  metrics: VoiceMetrics
}

/** A spoken turn as it happens; every view begins at its start. */
export interface VoiceTurn extends AsyncIterable<VoiceEvent> {
  /** Pieces of sound to play in their order, each a file in the format of the speech provider. */
  readonly audio: AsyncIterable<Uint8Array<ArrayBuffer>>
  /** Everything the turn came to. @throws VoiceError when it broke, ConnectionError, DeliveryError */
  final(): Promise<VoiceAnswer>
  /** Stops it: what was said until then counts, `final()` resolves. One that has not begun is not sent. */
  interrupt(): Promise<void>
}

/** Something that is being said. */
export interface Utterance {
  /** Adds sound. @throws DeliveryError when more is kept than the connection takes */
  write(sound: Sound): void
  /** It is over, and is answered. */
  end(): VoiceTurn
  /** Forgets it. */
  cancel(): void
}

/** What happens to a voice session, beside the events of its turns. */
export type VoiceSessionEvent =
  | { type: 'open' }
  | { type: 'reconnecting'; attempt: number; wait: number; error: AstrBotError }
  | { type: 'closed'; error: AstrBotError | undefined }

export interface VoiceOptions extends ConnectOptions {
  /** Bytes of sound that may wait for the connection. 16 MiB unless given: over six minutes. */
  queueLimit?: number | undefined
}

/** One caller on the line. Turns are taken one after the other. */
export interface VoiceSession extends AsyncIterable<VoiceSessionEvent>, AsyncDisposable {
  readonly state: ConnectionState
  /** Milliseconds the server last took to answer a heartbeat. */
  readonly latency: number | undefined
  /** Begins an utterance, to be written piece by piece. */
  listen(): Utterance
  /** Says a whole recording, or one that comes piece by piece. */
  speak(sound: Sound | AsyncIterable<Sound>): VoiceTurn
  /** Says something in writing. With an API key only. */
  say(text: string): VoiceTurn
  /** Stops the turn that is going on. */
  interrupt(): Promise<void>
  /** Resolves when there is a connection. @throws the reason when there will be none */
  opened(): Promise<void>
  close(): Promise<void>
}
