import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto'
import { AstrBotError } from '../../errors.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import type { MessageOrigin } from '../../umo.ts'
import {
  type PlatformAdapter,
  type PlatformHost,
  type PlatformKind,
  textSetting,
  UnusableSettings,
  type WebhookAnswer,
  type WebhookCall,
} from '../adapter.ts'
import type { Component, InboundMessage } from '../message.ts'
import { Recent } from '../recent.ts'
import { jsonBody, spokenText, stringAt } from '../webhook-body.ts'

/** Lark and Feishu with `lark_connection_mode` `webhook`: events come in at the webhook address. */
export const larkKind: Partial<PlatformKind> = {
  description: 'Lark and Feishu, through a webhook; the socket mode cannot run here yet',
  streaming: false,
  takesWebhook: settings => settings['lark_connection_mode'] === 'webhook',
  connect: host => new Lark(host),
}

/** A new token is fetched this long before the old one ends. */
const tokenReserveMs = 5 * 60_000

class Lark implements PlatformAdapter {
  readonly #host: PlatformHost
  readonly #appId: string
  readonly #appSecret: string
  readonly #domain: string
  readonly #verificationToken: string
  readonly #encryptKey: string
  readonly #seen = new Recent<true>(1000)
  #token: { value: string; until: number } | undefined
  /** The bot's own id among people; until it is known, nobody mentions it. */
  #selfId: string

  constructor(host: PlatformHost) {
    const { settings } = host
    this.#host = host
    this.#appId = textSetting(settings, 'app_id')
    this.#selfId = this.#appId
    this.#appSecret = textSetting(settings, 'app_secret')
    this.#domain = textSetting(settings, 'domain') || 'https://open.feishu.cn'
    this.#verificationToken = textSetting(settings, 'lark_verification_token')
    this.#encryptKey = textSetting(settings, 'lark_encrypt_key')
    if (this.#appId === '' || this.#appSecret === '') throw new UnusableSettings('app_id and app_secret are needed')
    if (settings['lark_connection_mode'] !== 'webhook')
      throw new UnusableSettings('only the connection mode webhook can run here yet')
    if (this.#verificationToken === '' && this.#encryptKey === '')
      throw new UnusableSettings('lark_verification_token or lark_encrypt_key is needed to know Lark by')
  }

  async start(): Promise<void> {
    // Callbacks can be answered before Lark has been reached for the first time.
    void this.#learnSelf().catch((error: unknown) =>
      this.#host.log.warn({ bot: this.#host.id, reason: String(error) }, 'Lark does not tell who the bot is'),
    )
  }

  async stop(): Promise<void> {}

  async test(): Promise<void> {
    await this.#learnSelf()
  }

  async webhook({ headers, body }: WebhookCall): Promise<WebhookAnswer> {
    const event = this.#open(jsonBody(body))
    const header = isJsonObject(event['header']) ? event['header'] : {}
    if (event['type'] === 'url_verification') {
      this.#checkToken(stringAt(event, 'token'))
      return { contentType: 'application/json', body: JSON.stringify({ challenge: stringAt(event, 'challenge') }) }
    }
    this.#checkSignature(headers, body)
    this.#checkToken(stringAt(header, 'token') || stringAt(event, 'token'))
    if (header['event_type'] === 'im.message.receive_v1' && isJsonObject(event['event']))
      this.#receive(stringAt(header, 'event_id'), event['event'])
    return { contentType: 'application/json', body: '{}' }
  }

  async send({ type, sessionId }: MessageOrigin, chain: readonly Component[]): Promise<void> {
    const text = chain.map(spokenText).join('')
    if (text.trim() === '') throw new Error('nothing of this message can be sent to Lark')
    // With isolated sessions the group stands behind its member.
    const id = type === 'GroupMessage' ? sessionId.slice(sessionId.lastIndexOf('%') + 1) : sessionId
    const kind = type === 'GroupMessage' ? 'chat_id' : 'open_id'
    await this.#call(
      `/open-apis/im/v1/messages?receive_id_type=${kind}`,
      { receive_id: id, msg_type: 'text', content: JSON.stringify({ text }) },
      await this.#accessToken(),
    )
  }

  async react({ messageId }: InboundMessage, emoji: string): Promise<void> {
    const path = `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}/reactions`
    await this.#call(path, { reaction_type: { emoji_type: emoji } }, await this.#accessToken())
  }

  /** The event itself, decrypted where it came encrypted. */
  #open(body: JsonObject): JsonObject {
    const { encrypt } = body
    if (typeof encrypt !== 'string') {
      if (this.#encryptKey !== '') throw new AstrBotError('invalid_signature')
      return body
    }
    try {
      const bytes = Buffer.from(encrypt, 'base64')
      const key = createHash('sha256').update(this.#encryptKey).digest()
      const cipher = createDecipheriv('aes-256-cbc', key, bytes.subarray(0, 16))
      return jsonBody(Buffer.concat([cipher.update(bytes.subarray(16)), cipher.final()]))
    } catch {
      throw new AstrBotError('invalid_signature')
    }
  }

  #checkToken(shown: string): void {
    if (this.#verificationToken === '') return
    const digest = (text: string) => createHash('sha256').update(text).digest()
    if (!timingSafeEqual(digest(shown), digest(this.#verificationToken))) throw new AstrBotError('invalid_signature')
  }

  #checkSignature(headers: Headers, body: Uint8Array): void {
    if (this.#encryptKey === '') return
    const [timestamp, nonce] = ['x-lark-request-timestamp', 'x-lark-request-nonce'].map(name => headers.get(name) ?? '')
    const expected = createHash('sha256').update(`${timestamp}${nonce}${this.#encryptKey}`).update(body).digest()
    const shown = Buffer.from(headers.get('x-lark-signature') ?? '', 'hex')
    if (shown.length !== expected.length || !timingSafeEqual(shown, expected))
      throw new AstrBotError('invalid_signature')
  }

  #receive(eventId: string, { message, sender }: JsonObject): void {
    if (!isJsonObject(message) || !isJsonObject(sender)) return
    // What is not acknowledged in time comes again.
    if (eventId !== '' && !this.#seen.add(eventId, true)) return
    const senderId = isJsonObject(sender['sender_id']) ? stringAt(sender['sender_id'], 'open_id') : ''
    const isGroup = message['chat_type'] === 'group'
    const chatId = stringAt(message, 'chat_id')
    const sessionId = isGroup ? chatId : senderId
    if (sessionId === '') return
    const type = isGroup ? 'GroupMessage' : 'FriendMessage'
    const isText = message['message_type'] === 'text'
    const { text, components } = isText ? readText(message) : { text: '', components: [] }
    this.#host.receive({
      umo: `${this.#host.id}:${type}:${sessionId}`,
      platformId: this.#host.id,
      adapter: 'lark',
      type,
      sessionId,
      messageId: stringAt(message, 'message_id'),
      selfId: this.#selfId,
      sender: { id: senderId, name: senderId },
      ...(isGroup && { group: { id: chatId, name: '' } }),
      components: isText ? components : [{ type: 'unknown', text: stringAt(message, 'message_type') }],
      text,
      time: Number(stringAt(message, 'create_time')) || this.#host.clock.now(),
    })
  }

  async #learnSelf(): Promise<void> {
    const { bot } = await this.#call('/open-apis/bot/v3/info', undefined, await this.#accessToken())
    if (isJsonObject(bot)) this.#selfId = stringAt(bot, 'open_id') || this.#selfId
  }

  async #accessToken(): Promise<string> {
    const now = this.#host.clock.now()
    if (this.#token && this.#token.until > now) return this.#token.value
    const answer = await this.#call('/open-apis/auth/v3/tenant_access_token/internal', {
      app_id: this.#appId,
      app_secret: this.#appSecret,
    })
    const value = stringAt(answer, 'tenant_access_token')
    this.#token = { value, until: now + Number(answer['expire'] ?? 0) * 1000 - tokenReserveMs }
    return value
  }

  async #call(path: string, json: JsonObject | undefined, token?: string): Promise<JsonObject> {
    const response = await this.#host.fetch(new URL(path, this.#domain), {
      method: json ? 'POST' : 'GET',
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      ...(json && { body: JSON.stringify(json) }),
      signal: AbortSignal.timeout(15_000),
    })
    const answer: unknown = await response.json().catch(() => undefined)
    if (!isJsonObject(answer)) throw new Error(`Lark answered ${response.status}`)
    if (answer['code'] !== 0) throw new Error(`Lark refused: ${stringAt(answer, 'msg') || String(answer['code'])}`)
    return answer
  }
}

/** A text in which `@_user_1` stands for the first of the people mentioned. */
function readText(message: JsonObject): { text: string; components: Component[] } {
  let text = ''
  try {
    const content: unknown = JSON.parse(stringAt(message, 'content'))
    text = isJsonObject(content) ? stringAt(content, 'text') : ''
  } catch {
    // A message without a readable text has none.
  }
  const { mentions } = message
  const people = (Array.isArray(mentions) ? mentions : []).filter(isJsonObject)
  const at = people.map((person): Component => {
    const id = isJsonObject(person['id']) ? stringAt(person['id'], 'open_id') : ''
    text = text.replaceAll(stringAt(person, 'key'), '')
    return { type: 'at', userId: id, name: stringAt(person, 'name') }
  })
  if (text.includes('@_all')) at.push({ type: 'at_all' })
  text = text.replaceAll('@_all', '').trim()
  return { text, components: [...at, { type: 'plain', text }] }
}
