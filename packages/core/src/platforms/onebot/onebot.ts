import { AstrBotError } from '../../errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import type { MessageOrigin } from '../../umo.ts'
import { numberSetting, type PlatformAdapter, type PlatformHost, textSetting, UnusableSettings } from '../adapter.ts'
import type { Component, InboundMessage } from '../message.ts'
import { Recent } from '../recent.ts'
import { Accounts } from './accounts.ts'
import { type Connection, type ConnectionEvents, Refusal } from './connection.ts'
import { dial } from './dial.ts'
import { type Account, type Ask, headOf, idValue, plainText, readSegments, text } from './incoming.ts'
import { type Listening, listen } from './listen.ts'
import { type Parcel, parcelsOf } from './outgoing.ts'

const askTimeoutMs = 3000
/** Files travel inside of calls. */
const sendTimeoutMs = 60_000

/**
 * OneBot v11 over WebSocket: the program that holds the account (NapCat, Lagrange, LLOneBot, …) dials in at
 * `ws_reverse_host`:`ws_reverse_port`, or, where there is a `ws_forward_url`, is dialled there.
 */
export class OneBot implements PlatformAdapter, ConnectionEvents {
  readonly #host: PlatformHost
  readonly #accounts = new Accounts()
  readonly #recent = new Recent<true>(2000)
  readonly #groupNames = new Recent<string>(500)
  /** The message of a chat that is read right now; the next one comes after it. */
  readonly #order = new Map<string, Promise<void>>()
  #listening: Listening | undefined
  #forward: Connection | undefined
  #stopped = false

  constructor(host: PlatformHost) {
    this.#host = host
  }

  async start(): Promise<void> {
    const { settings, ids } = this.#host
    const url = textSetting(settings, 'ws_forward_url')
    if (url !== '') {
      this.#forward = await dial({ url, token: textSetting(settings, 'ws_forward_token'), ids, events: this })
      this.#accounts.add(this.#forward)
      // It was stopped meanwhile, when there was nothing to close yet.
      if (this.#stopped) this.#forward.close()
      return
    }
    const host = textSetting(settings, 'ws_reverse_host')
    const port = numberSetting(settings, 'ws_reverse_port', 0)
    if (host === '' || port < 1 || port > 65_535 || !Number.isInteger(port))
      throw new UnusableSettings('ws_reverse_host and ws_reverse_port are needed, or ws_forward_url')
    const token = textSetting(settings, 'ws_reverse_token')
    this.#listening = await listen({
      host,
      port,
      token,
      ids,
      events: this,
      connected: connection => this.#accounts.add(connection),
      failed: error => this.#host.failed(error),
    })
    if (this.#stopped) return this.#listening.close()
    if (token === '' && !/^(127\.|::1$|localhost$)/.test(host))
      this.#host.log.warn(
        { bot: this.#host.id, host, port },
        'whoever reaches this port can speak for the bot: set a token',
      )
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#accounts.closeAll()
    await this.#listening?.close()
  }

  async test(): Promise<void> {
    await this.#accounts.call(undefined, 'get_login_info', {}, askTimeoutMs)
  }

  async send(target: MessageOrigin, chain: readonly Component[]): Promise<void> {
    if (!this.#accounts.any) throw new Error('no OneBot program is connected')
    const chat = chatOf(target)
    for (const parcel of await parcelsOf(chain)) await this.#deliver(`${target.type}:${chat.id}`, chat, parcel)
  }

  event(event: JsonObject, connection: Connection): void {
    const account: Account = { platformId: this.#host.id, selfId: connection.selfId }
    const head = headOf(event, account)
    if (!head || this.#isRepeated(event, head)) return
    this.#accounts.note(`${head.type}:${head.sessionId}`, connection.selfId)
    const before = this.#order.get(head.umo) ?? Promise.resolve()
    const work = before
      .then(() => this.#hand(event, head))
      .catch((error: unknown) => this.#host.log.warn({ bot: this.#host.id, err: error }, 'a message cannot be read'))
    this.#order.set(head.umo, work)
    void work.then(() => {
      if (this.#order.get(head.umo) === work) this.#order.delete(head.umo)
    })
  }

  closed(connection: Connection): void {
    this.#accounts.remove(connection)
    // Whoever dialled in will do so again; whom we dialled, we have to dial again.
    if (connection === this.#forward && !this.#stopped)
      this.#host.failed(new Error('the OneBot program closed the connection'))
  }

  async #hand(event: JsonObject, head: Omit<InboundMessage, 'components' | 'text'>): Promise<void> {
    const ask = this.#asking(head.selfId)
    const context = { ask, groupId: event['group_id'], userId: event['user_id'] }
    const components: Component[] =
      event['post_type'] === 'notice'
        ? [{ type: 'poke', userId: text(event['target_id']), kind: '126' }]
        : await readSegments(event['message'] ?? event['raw_message'], context)
    const { group } = head
    const named = group && { group: { ...group, name: group.name || (await this.#groupName(group.id, ask)) } }
    if (this.#stopped) return
    this.#host.receive({ ...head, ...named, components, text: plainText(components) })
  }

  /** Programs with a connection for events and one for everything say things twice; some repeat after a reconnect. */
  #isRepeated(
    event: JsonObject,
    { umo, messageId, selfId, time }: Omit<InboundMessage, 'components' | 'text'>,
  ): boolean {
    if (messageId === '') return false
    return !this.#recent.add(JSON.stringify([selfId, umo, messageId, time, text(event['raw_message'])]), true)
  }

  #asking(selfId: string): Ask {
    return async (action, params) => {
      try {
        const data = await this.#accounts.call(selfId, action, params, askTimeoutMs)
        return isJsonObject(data) ? data : undefined
      } catch {
        // Not every program knows every action; the message is worth having without the answer.
        return undefined
      }
    }
  }

  async #groupName(groupId: string, ask: Ask): Promise<string> {
    const known = this.#groupNames.get(groupId)
    if (known !== undefined) return known
    const found = await ask('get_group_info', { group_id: idValue(groupId), no_cache: false })
    const name = text(found?.['group_name'])
    this.#groupNames.add(groupId, name)
    return name
  }

  async #deliver(account: string, chat: Chat, parcel: Parcel): Promise<void> {
    const call = (action: string, params: JsonObject) =>
      this.#accounts.callFor(account, action, { ...chat.params, ...params }, sendTimeoutMs)
    if (parcel.kind === 'message') {
      await call(`send_${chat.kind}_msg`, { message: plain(parcel.segments) })
    } else if (parcel.kind === 'forward') {
      await call(`send_${chat.kind}_forward_msg`, { messages: plain(parcel.nodes) })
    } else {
      const { name, file } = parcel
      try {
        await call(`send_${chat.kind}_msg`, { message: [{ type: 'file', data: { file, name } }] })
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        // Programs that take no file in a message have an action for it.
        await call(`upload_${chat.kind}_file`, { file, name })
      }
    }
  }
}

interface Chat {
  kind: 'group' | 'private'
  id: string
  params: JsonObject
}

/**
 * Whom a UMO names. With isolated sessions the group stands behind its member: `<member>_<group>`.
 * @throws invalid_umo
 */
function chatOf({ type, sessionId }: MessageOrigin): Chat {
  const kind = type === 'GroupMessage' ? 'group' : 'private'
  const id = kind === 'group' ? sessionId.slice(sessionId.lastIndexOf('_') + 1) : sessionId
  if (!/^\d+$/.test(id)) throw new AstrBotError('invalid_umo', { reason: `${id} is no number of OneBot` })
  return { kind, id, params: kind === 'group' ? { group_id: idValue(id) } : { user_id: idValue(id) } }
}

function plain(segments: readonly { type: string; data: JsonObject }[]): Json {
  return segments.map(({ type, data }) => ({ type, data }))
}
