import type { IncomingMessage } from 'node:http'
import { type AstrBot, AstrBotError, type ChatCaller, type Identity, type Logger } from '@astrbot/core'
import { errorAnswer } from '../http/errors.ts'
import type { ServerOptions } from '../options.ts'
import type { Door } from './door.ts'
import { BadFrame } from './frames.ts'
import { closeCodes, type Link } from './link.ts'

/** What a protocol has of the connection that it speaks on. */
export interface ConnectionParts {
  bot: AstrBot
  options: ServerOptions
  log: Logger
  link: Link
  door: Door
  /** Who opened it. */
  identity: Identity
  query: URLSearchParams
  request: IncomingMessage
}

/** An open socket: who it belongs to, and what is still going on in it. */
export class Connection {
  readonly bot: AstrBot
  readonly link: Link
  readonly log: Logger
  readonly identity: Identity
  readonly query: URLSearchParams
  readonly #door: Door
  readonly #language: string | undefined
  #busy = 0
  #stopping = false

  constructor({ bot, link, log, door, identity, query, request }: ConnectionParts) {
    this.bot = bot
    this.link = link
    this.log = log
    this.identity = identity
    this.query = query
    this.#door = door
    this.#language = request.headers['accept-language']
  }

  /** The dashboard user of the socket, or its key speaking for a user. */
  callerAs(username: string | undefined): ChatCaller {
    const { apiKeyId, username: own } = this.identity
    return apiKeyId === null ? { username: own, apiKeyId: null } : { username, apiKeyId }
  }

  /** Lets a turn begin only while its owner still may, and the server is there. @throws what the door throws, shutting_down */
  async admit(): Promise<void> {
    if (this.#stopping) throw new AstrBotError('shutting_down')
    const { username } = await this.#door()
    // Who was given another name comes again with it.
    if (username !== this.identity.username) throw new AstrBotError('invalid_token')
  }

  /** The failure in the words of the caller's language. Accidents are logged, and told without details. */
  sentence(error: unknown): string {
    if (error instanceof BadFrame) return error.message
    if (!(error instanceof AstrBotError)) this.log.error({ err: error }, 'a frame of a socket failed')
    return errorAnswer(error, '', this.#language).body.message
  }

  /** Does a turn's work; the server waits for it before it says goodbye. Never rejects: failures are accidents. */
  async during(work: () => Promise<void>): Promise<void> {
    this.#busy++
    try {
      await work()
    } catch (error) {
      this.log.error({ err: error }, 'a turn of a socket failed')
    } finally {
      this.#busy--
      if (this.#stopping && this.#busy === 0) this.#goodbye()
    }
  }

  /** Takes no more turns, and closes when those that run are told. */
  stop(): void {
    this.#stopping = true
    if (this.#busy === 0) this.#goodbye()
  }

  #goodbye(): void {
    this.link.close(closeCodes.goingAway, 'The server is shutting down')
  }
}

/** Whether a failure means that the credentials of a socket are no longer good. */
export function isUnauthorized(error: unknown): error is AstrBotError {
  if (!(error instanceof AstrBotError)) return false
  return ['missing_credentials', 'invalid_api_key', 'invalid_token', 'token_expired', 'insufficient_scope'].includes(
    error.code,
  )
}
