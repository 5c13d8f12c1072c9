import * as schemas from '@astrbot/contract/schemas'
import { AstrBotError, type ChatCaller, type JsonObject, type VoiceEvent, type VoiceSession } from '@astrbot/core'
import { type Connection, isUnauthorized } from './connection.ts'
import { BadFrame, checkedFrame, unknownFrame } from './frames.ts'

export interface LiveOptions {
  /** The frames that only `/api/v1/live/ws` has: `text_input` and `bot_delta_chunk`. */
  texts: boolean
}

/** The voice protocol: recorded speech goes up, what was understood and the spoken answer come back. */
export class LiveProtocol {
  readonly #connection: Connection
  readonly #caller: ChatCaller
  readonly #options: LiveOptions
  #session: VoiceSession | undefined

  constructor(connection: Connection, caller: ChatCaller, options: LiveOptions) {
    this.#connection = connection
    this.#caller = caller
    this.#options = options
  }

  /** @throws what makes the connection unauthorized */
  async handle(frame: JsonObject): Promise<void> {
    try {
      await this.#handle(frame)
    } catch (error) {
      if (isUnauthorized(error)) throw error
      await this.#connection.link.send(this.#failure(error))
    }
  }

  close(): void {
    this.#session?.close()
  }

  async #handle(frame: JsonObject): Promise<void> {
    const session = this.#open()
    switch (frame.t) {
      case 'ping':
        return await this.#connection.link.send({ t: 'pong' })
      case 'start_speaking':
        return session.startSpeaking(checkedFrame(schemas.LiveStartSpeakingFrame, frame).stamp)
      case 'speaking_part':
        return session.addSound(Buffer.from(checkedFrame(schemas.LiveSpeakingPartFrame, frame).data, 'base64'))
      case 'end_speaking': {
        const { stamp } = checkedFrame(schemas.LiveEndSpeakingFrame, frame)
        return await this.#turn(() => session.endSpeaking(stamp))
      }
      case 'interrupt':
        return await session.interrupt()
      case 'text_input': {
        if (!this.#options.texts) break
        const text = [frame.text, frame.message].find(value => typeof value === 'string')?.trim()
        if (!text) throw new BadFrame('message must be non-empty text')
        checkedFrame(schemas.LiveTextInputFrame, { t: frame.t, text })
        return await this.#turn(() => session.say(text))
      }
    }
    throw unknownFrame(frame)
  }

  /** Lets a turn begin and goes on reading, or nobody could interrupt it. */
  async #turn(begin: () => Promise<void>): Promise<void> {
    await this.#connection.admit()
    const over = begin()
    void this.#connection.during(() => over)
  }

  #open(): VoiceSession {
    this.#session ??= this.#connection.bot.voice.open(this.#caller, event => this.#tell(event))
    return this.#session
  }

  async #tell(event: VoiceEvent): Promise<void> {
    const frame = this.#frameOf(event)
    if (frame) await this.#connection.link.send(frame)
  }

  #frameOf(event: VoiceEvent): object | undefined {
    switch (event.type) {
      case 'metrics':
        return { t: 'metrics', data: event.metrics }
      case 'heard':
        return { t: 'user_msg', data: { text: event.text, ts: event.at } }
      case 'delta':
        return this.#options.texts ? { t: 'bot_delta_chunk', data: { text: event.text } } : undefined
      case 'sentence':
        return { t: 'bot_text_chunk', data: { text: event.text } }
      case 'sound':
        return { t: 'response', data: Buffer.from(event.bytes).toString('base64') }
      case 'answer':
        return { t: 'bot_msg', data: { text: event.text, ts: event.at } }
      case 'failed':
        return this.#failure(event.error)
      case 'broke':
        return { t: 'error', data: event.text, code: event.code }
      case 'stopped':
        return { t: 'stop_play' }
      case 'end':
        return { t: 'end' }
    }
  }

  #failure(error: unknown): object {
    return { t: 'error', data: this.#connection.sentence(error), code: codeOf(error) }
  }
}

function codeOf(error: unknown): string {
  if (error instanceof BadFrame) return 'INVALID_MESSAGE_FORMAT'
  if (!(error instanceof AstrBotError) || error.code === 'session_busy') return 'PROCESSING_ERROR'
  return error.code === 'validation_failed' ? 'INVALID_MESSAGE_FORMAT' : error.code
}
