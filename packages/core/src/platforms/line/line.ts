import { createHmac, timingSafeEqual } from 'node:crypto'
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
import type { Component } from '../message.ts'
import { Recent } from '../recent.ts'
import { jsonBody, spokenText, stringAt } from '../webhook-body.ts'

const api = 'https://api.line.me/v2/bot'
/** LINE takes five messages of five thousand characters at once. */
const mostMessages = 5
const mostCharacters = 5000

/** LINE: events come in at the webhook address, messages go out by the push API. */
export const lineKind: Partial<PlatformKind> = {
  description: 'LINE Messaging API, through a webhook',
  takesWebhook: () => true,
  connect: host => new Line(host),
}

class Line implements PlatformAdapter {
  readonly #host: PlatformHost
  readonly #token: string
  readonly #secret: string
  readonly #seen = new Recent<true>(1000)

  constructor(host: PlatformHost) {
    this.#host = host
    this.#token = textSetting(host.settings, 'channel_access_token')
    this.#secret = textSetting(host.settings, 'channel_secret')
    if (this.#token === '' || this.#secret === '')
      throw new UnusableSettings('channel_access_token and channel_secret are needed')
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  async test(): Promise<void> {
    await this.#call('GET', '/info')
  }

  async webhook({ headers, body }: WebhookCall): Promise<WebhookAnswer> {
    const expected = createHmac('sha256', this.#secret).update(body).digest()
    const shown = Buffer.from(headers.get('x-line-signature') ?? '', 'base64')
    if (shown.length !== expected.length || !timingSafeEqual(shown, expected))
      throw new AstrBotError('invalid_signature')
    const { destination, events } = jsonBody(body)
    for (const event of Array.isArray(events) ? events : [])
      if (isJsonObject(event)) this.#receive(event, typeof destination === 'string' ? destination : '')
    return { body: 'ok' }
  }

  async send({ sessionId }: MessageOrigin, chain: readonly Component[]): Promise<void> {
    const messages: JsonObject[] = []
    let text = ''
    const close = () => {
      for (let at = 0; at < text.length; at += mostCharacters)
        messages.push({ type: 'text', text: text.slice(at, at + mostCharacters) })
      text = ''
    }
    for (const component of chain) {
      // Pictures have to stand at a public address.
      if (component.type === 'image' && /^https:/i.test(component.file)) {
        close()
        messages.push({ type: 'image', originalContentUrl: component.file, previewImageUrl: component.file })
      } else text += spokenText(component)
    }
    close()
    if (messages.length === 0) throw new Error('nothing of this message can be sent to LINE')
    for (let at = 0; at < messages.length; at += mostMessages)
      await this.#call('POST', '/message/push', { to: sessionId, messages: messages.slice(at, at + mostMessages) })
  }

  #receive(event: JsonObject, selfId: string): void {
    const { source, message, timestamp } = event
    if (event['type'] !== 'message' || !isJsonObject(source) || !isJsonObject(message)) return
    const userId = stringAt(source, 'userId')
    const groupId = stringAt(source, 'groupId') || stringAt(source, 'roomId')
    const sessionId = groupId || userId
    if (sessionId === '') return
    // What LINE is not sure to have delivered comes again.
    const eventId = stringAt(event, 'webhookEventId')
    if (eventId !== '' && !this.#seen.add(eventId, true)) return
    const isText = message['type'] === 'text'
    const text = isText ? stringAt(message, 'text') : ''
    const type = groupId === '' ? 'FriendMessage' : 'GroupMessage'
    this.#host.receive({
      umo: `${this.#host.id}:${type}:${sessionId}`,
      platformId: this.#host.id,
      adapter: 'line',
      type,
      sessionId,
      messageId: stringAt(message, 'id'),
      selfId,
      sender: { id: userId, name: userId },
      ...(groupId !== '' && { group: { id: groupId, name: '' } }),
      components: [
        ...mentions(message, selfId),
        isText ? { type: 'plain', text } : { type: 'unknown', text: stringAt(message, 'type') },
      ],
      text: text.trim(),
      time: typeof timestamp === 'number' ? timestamp : this.#host.clock.now(),
    })
  }

  async #call(method: string, path: string, body?: JsonObject): Promise<void> {
    const response = await this.#host.fetch(api + path, {
      method,
      headers: { Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    })
    const answer = await response.text()
    if (!response.ok) throw new Error(`LINE answered ${response.status}: ${answer.slice(0, 300)}`)
  }
}

/** Who is mentioned in a text; the bot under its own id. */
function mentions(message: JsonObject, selfId: string): Component[] {
  const { mention } = message
  const list = isJsonObject(mention) && Array.isArray(mention['mentionees']) ? mention['mentionees'] : []
  return list.filter(isJsonObject).map(one => {
    if (one['type'] === 'all') return { type: 'at_all' }
    return { type: 'at', userId: one['isSelf'] === true ? selfId : stringAt(one, 'userId') }
  })
}
