import * as schemas from '@astrbot/contract/schemas'
import { AstrBotError, type ChatCaller, type ChatEvent, type JsonObject, pushedAlone } from '@astrbot/core'
import { answerOptions } from '../answer-options.ts'
import { type Connection, isUnauthorized } from './connection.ts'
import { BadFrame, checkedFrame, runIdOf, textOf, unifiedCode, unknownFrame } from './frames.ts'
import { readable } from './send-frame.ts'
import { type EventPlace, SocketTurns } from './turns.ts'

/** Sessions that one socket may hear. */
const mostBound = 1000

/** The chat protocol of the sockets that speak two: frames marked `ct: chat`, many turns at once. */
export class ChatProtocol {
  readonly #connection: Connection
  readonly #caller: ChatCaller
  readonly #turns: SocketTurns
  /** Sessions whose messages are pushed, and how to end that. */
  readonly #bound = new Map<string, { messageId: string; release: () => void }>()
  #ownSession: string | undefined

  constructor(connection: Connection, caller: ChatCaller) {
    this.#connection = connection
    this.#caller = caller
    this.#turns = new SocketTurns(connection, eventFrame)
  }

  /** @throws what makes the connection unauthorized */
  async handle(received: JsonObject): Promise<void> {
    const { link, bot } = this.#connection
    const frame = received.t === 'bind' ? received : readable(received)
    let messageId = textOf(frame.message_id)
    try {
      switch (frame.t) {
        case 'ping':
          return await link.send({ ct: 'chat', type: 'pong' })
        case 'bind':
          return await this.#bind(frame)
        case 'interrupt':
          return await this.#interrupt(frame)
        case 'send':
          messageId ??= bot.ids.uuid()
          return await this.#send(frame, messageId)
        default:
          throw unknownFrame(frame)
      }
    } catch (error) {
      if (isUnauthorized(error)) throw error
      const isEmpty = error instanceof AstrBotError && error.code === 'message_empty'
      const sentence = isEmpty ? 'Message content is empty' : this.#connection.sentence(error)
      await link.send(errorFrame(unifiedCode(error), sentence, messageId))
    }
  }

  close(): void {
    for (const { release } of this.#bound.values()) release()
    this.#bound.clear()
  }

  async #bind(frame: JsonObject): Promise<void> {
    if (textOf(frame.session_id) === undefined) throw new BadFrame('session_id is required')
    const { session_id: sessionId } = checkedFrame(schemas.UnifiedBindFrame, frame)
    await this.#connection.admit()
    const message_id = await this.#subscribe(sessionId)
    await this.#connection.link.send({ ct: 'chat', type: 'session_bound', session_id: sessionId, message_id })
  }

  async #send(frame: JsonObject, messageId: string): Promise<void> {
    if (!Array.isArray(frame.message)) throw new BadFrame('message must be list')
    const checked = checkedFrame(schemas.UnifiedSendFrame, frame)
    const connection = this.#connection
    const { bot } = connection
    this.#ownSession ??= bot.ids.uuid()
    const sessionId = checked.session_id?.trim() || this.#ownSession
    this.#turns.reserve(messageId)
    try {
      await connection.admit()
      await this.#subscribe(sessionId)
      const { message } = checked
      const run = await bot.chat.send(this.#caller, {
        message,
        sessionId,
        runId: runIdOf(messageId),
        ...answerOptions(checked),
      })
      const told = this.#turns.tell(messageId, run)
      void connection.during(() => told)
    } catch (error) {
      this.#turns.release(messageId)
      throw error
    }
  }

  async #interrupt(frame: JsonObject): Promise<void> {
    const { message_id } = checkedFrame(schemas.UnifiedInterruptFrame, frame)
    const messageId = message_id ?? undefined
    this.#turns.interrupt(messageId)
    await this.#connection.link.send(errorFrame('INTERRUPTED', 'INTERRUPTED', messageId))
  }

  /** Lets what the bot says to a session by itself reach the socket; answers the id that it will carry. */
  async #subscribe(sessionId: string): Promise<string> {
    const known = this.#bound.get(sessionId)
    if (known) return known.messageId
    if (this.#bound.size >= mostBound) throw new BadFrame(`More than ${mostBound} sessions on one socket`)
    const { bot, link } = this.#connection
    const messageId = `ws_sub_${bot.ids.uuid().replaceAll('-', '')}`
    const release = await bot.chat.listen(this.#caller, sessionId, message => {
      // A turn of the session that runs on this socket has told it already.
      if (this.#turns.isTelling(sessionId)) return
      for (const event of pushedAlone(message, messageId))
        void link.send({ ct: 'chat', ...event, message_id: messageId })
    })
    this.#bound.set(sessionId, { messageId, release })
    if (link.ended.aborted) this.close()
    return messageId
  }
}

function errorFrame(code: string, data: string, messageId: string | undefined): object {
  return { ct: 'chat', t: 'error', data, code, ...(messageId !== undefined && { message_id: messageId }) }
}

/** The session is known to whoever sent into it, hence its event is not told. */
function eventFrame(event: ChatEvent, { messageId, id }: EventPlace): object | undefined {
  if (event.type === 'session_id') return undefined
  return { ct: 'chat', ...event, message_id: messageId, id }
}
