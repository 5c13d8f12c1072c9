import type { Schemas } from '@astrbot/contract'
import * as schemas from '@astrbot/contract/schemas'
import { AstrBotError, type ChatEvent, type JsonObject } from '@astrbot/core'
import { answerOptions } from '../answer-options.ts'
import { speakerOf } from '../chat-caller.ts'
import { type Connection, isUnauthorized } from './connection.ts'
import { BadFrame, checkedFrame, keySocketCode, parseFrame, runIdOf, textOf, unknownFrame } from './frames.ts'
import { closeCodes, type Incoming } from './link.ts'
import { readable } from './send-frame.ts'
import { type EventPlace, SocketTurns } from './turns.ts'

/** The protocol of `/api/v1/chat/ws`: `send`, `interrupt` and `ping`; the events of turns come back. */
export class KeySocket {
  readonly #connection: Connection
  readonly #turns: SocketTurns

  constructor(connection: Connection) {
    this.#connection = connection
    this.#turns = new SocketTurns(connection, eventFrame)
  }

  async handle(incoming: Incoming): Promise<void> {
    let messageId: string | undefined
    try {
      const frame = readable(parseFrame(incoming))
      messageId = textOf(frame.message_id)
      const kind = frame.t === undefined ? 'send' : frame.t
      if (kind === 'ping') await this.#connection.link.send({ type: 'pong' })
      else if (kind === 'send') await this.#send(frame, messageId)
      else if (kind === 'interrupt') await this.#interrupt(frame)
      else throw unknownFrame(frame)
    } catch (error) {
      await this.#refuse(error, messageId)
    }
  }

  close(): void {
    // Turns belong to their sessions and go on.
  }

  /** Turns that the client has named can be told apart, and run at once; others keep the order of AstrBot. */
  async #send(frame: JsonObject, given: string | undefined): Promise<void> {
    if (frame.message === undefined || frame.message === null) throw new BadFrame('Missing key: message')
    if (frame.username === undefined || frame.username === null) throw new AstrBotError('username_missing')
    if (typeof frame.username === 'string' && frame.username.trim() === '') throw new AstrBotError('username_empty')
    const checked = checkedFrame(schemas.ChatSocketSend, frame)
    const messageId = given ?? this.#connection.bot.ids.uuid()
    this.#turns.reserve(messageId)
    const work = () => this.#connection.during(() => this.#turn(checked, messageId, given))
    if (given === undefined) void this.#turns.inOrder(work)
    else await work()
  }

  /** @param given the id that the client chose; with it, answers as soon as the turn has begun, so that the next frame is read */
  async #turn(frame: Schemas['ChatSocketSend'], messageId: string, given: string | undefined): Promise<void> {
    const connection = this.#connection
    const { bot } = connection
    try {
      await connection.admit()
      const run = await bot.chat.send(speakerOf(bot, connection.identity, frame.username), {
        message: frame.message,
        runId: runIdOf(messageId),
        sessionId: frame.session_id ?? frame.conversation_id ?? undefined,
        profileId: bot.config.choose(frame.config_id, frame.config_name),
        ...answerOptions(frame),
      })
      const told = this.#turns.tell(messageId, run)
      if (given !== undefined) void connection.during(() => told)
      else await told
    } catch (error) {
      this.#turns.release(messageId)
      await this.#refuse(error, given)
    }
  }

  async #interrupt(frame: JsonObject): Promise<void> {
    const { message_id } = checkedFrame(schemas.ChatSocketInterrupt, frame)
    const messageId = message_id ?? undefined
    this.#turns.interrupt(messageId)
    await this.#connection.link.send(errorFrame('INTERRUPTED', 'INTERRUPTED', messageId))
  }

  async #refuse(error: unknown, messageId: string | undefined): Promise<void> {
    const { link } = this.#connection
    if (isUnauthorized(error)) {
      await link.send(errorFrame('UNAUTHORIZED', error.message, undefined))
      link.close(closeCodes.policy, error.message)
    } else await link.send(errorFrame(keySocketCode(error), this.#connection.sentence(error), messageId))
  }
}

/** An error as the key sockets tell it. */
export function errorFrame(code: string, data: string, messageId: string | undefined): object {
  return { type: 'error', code, data, ...(messageId !== undefined && { message_id: messageId }) }
}

function eventFrame(event: ChatEvent, { messageId, sessionId, id }: EventPlace): object {
  const session = event.type === 'message_saved' ? { session_id: sessionId } : {}
  return { ...event, ...session, message_id: messageId, id }
}
