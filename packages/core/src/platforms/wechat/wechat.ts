import { AstrBotError } from '../../errors.ts'
import { randomFrom } from '../../ids.ts'
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
import { spokenText, stringAt } from '../webhook-body.ts'
import { checkSignature, readXml, Seal, signatureOf, writeXml } from './envelope.ts'
import { WaitingAnswers } from './waiting-answers.ts'

/** WeChat official accounts with `unified_webhook_mode`. Text goes out in the callback's answer, or by the customer API. */
export const wechatKind: Partial<PlatformKind> = {
  description: 'WeChat official accounts, through a webhook',
  takesWebhook: settings => settings['unified_webhook_mode'] === true,
  connect: host => new Wechat(host),
}

class Wechat implements PlatformAdapter {
  readonly #host: PlatformHost
  readonly #token: string
  readonly #appId: string
  readonly #secret: string
  readonly #api: string
  readonly #active: boolean
  readonly #seal: Seal
  readonly #waiting = new WaitingAnswers()
  #access: { token: string; until: number } | undefined

  constructor(host: PlatformHost) {
    const { settings } = host
    this.#host = host
    this.#token = textSetting(settings, 'token')
    this.#appId = textSetting(settings, 'appid')
    this.#secret = textSetting(settings, 'secret')
    this.#api = textSetting(settings, 'api_base_url') || 'https://api.weixin.qq.com/cgi-bin/'
    this.#active = settings['active_send_mode'] === true
    this.#seal = new Seal(textSetting(settings, 'encoding_aes_key'), this.#appId)
    if (this.#token === '' || this.#appId === '') throw new UnusableSettings('appid and token are needed')
    if (settings['unified_webhook_mode'] !== true)
      throw new UnusableSettings('an own port for callbacks cannot be opened here; use unified_webhook_mode')
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  async test(): Promise<void> {
    await this.#accessToken()
  }

  async webhook({ method, query, body }: WebhookCall): Promise<WebhookAnswer> {
    const timestamp = query.get('timestamp') ?? ''
    const nonce = query.get('nonce') ?? ''
    if (method === 'GET') {
      checkSignature(query.get('signature'), this.#token, timestamp, nonce)
      return { body: query.get('echostr') ?? '' }
    }
    const outer = readXml(new TextDecoder().decode(body))
    const sealed = outer.get('Encrypt')
    if (sealed === undefined) checkSignature(query.get('signature'), this.#token, timestamp, nonce)
    else checkSignature(query.get('msg_signature'), this.#token, timestamp, nonce, sealed)
    const message = sealed === undefined ? outer : readXml(this.#seal.open(sealed))
    const user = message.get('FromUserName') ?? ''
    if (user === '') throw new AstrBotError('invalid_webhook_body')
    const id = message.get('MsgId') ?? `${user}-${message.get('CreateTime') ?? ''}`
    if (message.get('MsgType') === 'event') return { body: 'success' }
    if (this.#waiting.isNew(id)) {
      this.#waiting.begin(id, user)
      this.#receive(id, user, message)
    }
    if (this.#active) return { body: 'success' }
    const text = await this.#waiting.answer(id)
    if (text === undefined) return { body: 'success' }
    const reply = writeXml({
      ToUserName: user,
      FromUserName: message.get('ToUserName') ?? '',
      CreateTime: Math.floor(this.#host.clock.now() / 1000),
      MsgType: 'text',
      Content: text,
    })
    return { contentType: 'application/xml', body: sealed === undefined ? reply : this.#sealed(reply, nonce) }
  }

  async send({ sessionId }: MessageOrigin, chain: readonly Component[]): Promise<void> {
    const text = chain.map(spokenText).join('').trim()
    if (text === '') throw new Error('nothing of this message can be sent to WeChat')
    if (!this.#active && this.#waiting.give(sessionId, text)) return
    const message = { touser: sessionId, msgtype: 'text', text: { content: text } }
    await this.#call(`message/custom/send?access_token=${await this.#accessToken()}`, message)
  }

  #sealed(reply: string, nonce: string): string {
    const sealed = this.#seal.close(reply, randomFrom(this.#host.ids, 16))
    const timestamp = Math.floor(this.#host.clock.now() / 1000)
    const signature = signatureOf(this.#token, String(timestamp), nonce, sealed)
    return writeXml({ Encrypt: sealed, MsgSignature: signature, TimeStamp: timestamp, Nonce: nonce })
  }

  #receive(messageId: string, user: string, message: ReadonlyMap<string, string>): void {
    const kind = message.get('MsgType') ?? ''
    const text = message.get('Content') ?? message.get('Recognition') ?? ''
    const picture = message.get('PicUrl')
    const component: Component =
      picture !== undefined
        ? { type: 'image', file: picture }
        : text !== ''
          ? { type: 'plain', text }
          : { type: 'unknown', text: kind }
    this.#host.receive({
      umo: `${this.#host.id}:FriendMessage:${user}`,
      platformId: this.#host.id,
      adapter: 'weixin_official_account',
      type: 'FriendMessage',
      sessionId: user,
      messageId,
      selfId: message.get('ToUserName') ?? '',
      sender: { id: user, name: user },
      components: [component],
      text: text.trim(),
      time: Number(message.get('CreateTime') ?? 0) * 1000,
    })
  }

  async #accessToken(): Promise<string> {
    const now = this.#host.clock.now()
    if (this.#access && this.#access.until > now) return this.#access.token
    const query = new URLSearchParams({ grant_type: 'client_credential', appid: this.#appId, secret: this.#secret })
    const answer = await this.#call(`token?${query}`)
    const token = stringAt(answer, 'access_token')
    this.#access = { token, until: now + (Number(answer['expires_in'] ?? 0) - 300) * 1000 }
    return token
  }

  async #call(path: string, json?: JsonObject): Promise<JsonObject> {
    const response = await this.#host.fetch(new URL(path, this.#api.replace(/\/*$/, '/')), {
      method: json ? 'POST' : 'GET',
      ...(json && { body: JSON.stringify(json), headers: { 'Content-Type': 'application/json' } }),
      signal: AbortSignal.timeout(15_000),
    })
    const answer: unknown = await response.json().catch(() => undefined)
    if (!isJsonObject(answer)) throw new Error(`WeChat answered ${response.status}`)
    if (Number(answer['errcode'] ?? 0) !== 0)
      throw new Error(`WeChat refused: ${stringAt(answer, 'errmsg')} (${String(answer['errcode'])})`)
    return answer
  }
}
