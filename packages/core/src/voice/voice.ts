import type { Chat, ChatCaller } from '../chat/index.ts'
import type { Clock } from '../clock.ts'
import type { ConfigSnapshot } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { AllProviders } from '../providers/index.ts'
import type { Sessions } from '../sessions/index.ts'
import type { VoiceListener } from './events.ts'
import { type Stamp, Utterance } from './utterance.ts'
import { type VoiceInput, VoiceTurn } from './voice-turn.ts'

export interface VoiceServices {
  chat: Pick<Chat, 'converse'>
  providers: Pick<AllProviders, 'transcribe' | 'speak' | 'chatModel' | 'list'>
  sessions: Pick<Sessions, 'rules'>
  /** Where the providers are stored. */
  config: { get(): ConfigSnapshot }
  /** The profile of a message origin. */
  profileOf(umo: string): ConfigSnapshot
  clock: Clock
  ids: Ids
  log: Logger
}

/** Lets callers talk to the bot. */
export interface Voice {
  /** Begins to listen to a caller. What is said is remembered by the model for this session, and shown nowhere. */
  open(caller: ChatCaller, tell: VoiceListener): VoiceSession
}

export function createVoice(services: VoiceServices): Voice {
  return { open: (caller, tell) => new VoiceSession(services, caller, tell) }
}

/** One caller on the line: one turn at a time, which can be interrupted. */
export class VoiceSession {
  readonly #services: VoiceServices
  readonly #caller: ChatCaller
  readonly #tell: VoiceListener
  readonly #id: string
  readonly #utterance = new Utterance()
  #turn: VoiceTurn | undefined

  constructor(services: VoiceServices, caller: ChatCaller, tell: VoiceListener) {
    this.#services = services
    this.#caller = caller
    this.#tell = tell
    this.#id = services.ids.uuid()
  }

  /** An utterance begins. */
  startSpeaking(stamp: Stamp): void {
    this.#utterance.start(stamp)
  }

  /** Adds raw sound: 16 kHz, one channel, 16 bit, little endian. @throws audio_too_long */
  addSound(sound: Uint8Array): void {
    this.#utterance.add(sound)
  }

  /**
   * The utterance is over: it is understood and answered.
   * @returns when the turn is over; it never rejects
   * @throws session_busy while a turn runs, audio_missing
   */
  endSpeaking(stamp: Stamp): Promise<void> {
    this.#refuseSecond()
    return this.#begin({ sound: this.#utterance.end(stamp) })
  }

  /** The same for something written. @throws session_busy while a turn runs */
  say(text: string): Promise<void> {
    this.#refuseSecond()
    return this.#begin({ text })
  }

  /** Stops the turn and the model at once, if there is one; nothing of its answer is told any more. */
  async interrupt(): Promise<void> {
    const turn = this.#turn
    if (!turn) return
    this.#turn = undefined
    turn.abort()
    await this.#tell({ type: 'stopped' })
    await this.#tell({ type: 'end' })
  }

  /** The caller hung up. */
  close(): void {
    this.#turn?.abort()
  }

  #refuseSecond(): void {
    if (this.#turn) throw new AstrBotError('session_busy')
  }

  async #begin(input: VoiceInput): Promise<void> {
    const turn = new VoiceTurn(this.#services, { caller: this.#caller, sessionId: this.#id, tell: this.#tell })
    this.#turn = turn
    try {
      await turn.carryOut(input)
    } finally {
      if (this.#turn === turn) this.#turn = undefined
    }
  }
}
