import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { manualClock, sequentialIds } from '@astrbot/testing'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { JsonObject } from '../json.ts'
import { silentLog } from '../log.ts'
import { type PlatformAdapter, type PlatformKind, UnusableSettings } from './adapter.ts'
import { larkKind } from './lark/lark.ts'
import { lineKind } from './line/line.ts'
import type { InboundMessage } from './message.ts'
import { readXml, Seal, signatureOf, writeXml } from './wechat/envelope.ts'
import { wechatKind } from './wechat/wechat.ts'

const heard: InboundMessage[] = []
/** What the adapters call, oldest first. */
const calls: { url: string; method: string; body: unknown }[] = []
const answers = new Map<string, object>()
beforeEach(() => {
  heard.length = 0
  calls.length = 0
  answers.clear()
})

const fetch: typeof globalThis.fetch = async (input, init) => {
  const url = String(input)
  calls.push({ url, method: init?.method ?? 'GET', body: init?.body ? JSON.parse(String(init.body)) : undefined })
  const answer = [...answers].find(([part]) => url.includes(part))?.[1]
  return Response.json(answer ?? { code: 0, errcode: 0 })
}

function connect(kind: Partial<PlatformKind>, settings: JsonObject): PlatformAdapter {
  const adapter = kind.connect?.({
    id: 'bot',
    settings,
    clock: manualClock(),
    ids: sequentialIds(),
    log: silentLog,
    fetch,
    receive: message => heard.push(message),
    failed: () => {},
  })
  if (!adapter) throw new Error('it cannot be connected')
  return adapter
}

const post = (body: string, headers: Record<string, string> = {}, query: Record<string, string> = {}) => ({
  method: 'POST' as const,
  query: new URLSearchParams(query),
  headers: new Headers(headers),
  body: new TextEncoder().encode(body),
})
const friend = (sessionId: string) => ({ platformId: 'bot', type: 'FriendMessage' as const, sessionId })

describe('LINE', () => {
  const line = () => connect(lineKind, { channel_access_token: 't', channel_secret: 's' })
  const signed = (body: string) =>
    post(body, { 'x-line-signature': createHmac('sha256', 's').update(body).digest('base64') })

  test('a message of a group, with a mention of the bot', async () => {
    const message = {
      id: '1',
      type: 'text',
      text: '@Bot hi',
      mention: { mentionees: [{ isSelf: true, userId: 'U0' }] },
    }
    const source = { type: 'group', groupId: 'G1', userId: 'U1' }
    const body = JSON.stringify({ destination: 'U0', events: [{ type: 'message', timestamp: 5, source, message }, 7] })
    expect(await line().webhook?.(signed(body))).toEqual({ body: 'ok' })
    expect(heard).toMatchObject([
      {
        umo: 'bot:GroupMessage:G1',
        selfId: 'U0',
        sender: { id: 'U1' },
        components: [
          { type: 'at', userId: 'U0' },
          { type: 'plain', text: '@Bot hi' },
        ],
        time: 5,
      },
    ])
  })

  test('a message that is delivered again is heard once', async () => {
    const bot = line()
    const message = { id: '1', type: 'text', text: 'hi' }
    const event = { type: 'message', webhookEventId: '01H', source: { type: 'user', userId: 'U1' }, message }
    const again = { ...event, deliveryContext: { isRedelivery: true } }
    await bot.webhook?.(signed(JSON.stringify({ destination: 'U0', events: [event] })))
    await bot.webhook?.(signed(JSON.stringify({ destination: 'U0', events: [again] })))
    expect(heard).toHaveLength(1)
  })

  test('what is said goes out in pieces that LINE takes', async () => {
    await line().send(friend('U1'), [
      { type: 'plain', text: 'x'.repeat(5001) },
      { type: 'image', file: 'https://pics/x.png' },
    ])
    expect(calls[0]?.url).toBe('https://api.line.me/v2/bot/message/push')
    const { to, messages } = (calls[0]?.body ?? {}) as { to: string; messages: { type: string; text?: string }[] }
    expect(to).toBe('U1')
    expect(messages.map(({ type, text }) => [type, text?.length])).toEqual([
      ['text', 5000],
      ['text', 1],
      ['image', undefined],
    ])
    await expect(line().send(friend('U1'), [{ type: 'face', id: '1' }])).rejects.toThrow('nothing of this message')
    expect(() => connect(lineKind, {})).toThrow(UnusableSettings)
  })
})

describe('Lark', () => {
  const app = { app_id: 'cli', app_secret: 's', lark_connection_mode: 'webhook', domain: 'https://open.feishu.cn' }
  const event = (text: string) => ({
    header: { event_id: 'e1', event_type: 'im.message.receive_v1', token: 'v' },
    event: {
      sender: { sender_id: { open_id: 'ou_1' } },
      message: {
        message_id: 'om_1',
        chat_id: 'oc_1',
        chat_type: 'group',
        message_type: 'text',
        create_time: '5',
        content: JSON.stringify({ text }),
        mentions: [{ key: '@_user_1', name: 'Bot', id: { open_id: 'ou_bot' } }],
      },
    },
  })

  test('a message comes once, and its answer goes to the group', async () => {
    answers.set('tenant_access_token', { code: 0, tenant_access_token: 't-1', expire: 7200 })
    answers.set('bot/v3/info', { code: 0, bot: { open_id: 'ou_bot' } })
    const lark = connect(larkKind, { ...app, lark_verification_token: 'v' })
    await lark.start()
    await new Promise(resolve => setTimeout(resolve, 10))
    const body = JSON.stringify(event('@_user_1 hi'))
    for (let i = 0; i < 2; i++) expect(await lark.webhook?.(post(body))).toMatchObject({ body: '{}' })
    expect(heard).toMatchObject([
      {
        umo: 'bot:GroupMessage:oc_1',
        selfId: 'ou_bot',
        sender: { id: 'ou_1' },
        text: 'hi',
        components: [
          { type: 'at', userId: 'ou_bot', name: 'Bot' },
          { type: 'plain', text: 'hi' },
        ],
      },
    ])
    const group = { platformId: 'bot', type: 'GroupMessage' as const, sessionId: 'ou_1%oc_1' }
    await lark.send(group, [{ type: 'plain', text: 'hello' }])
    expect(calls.at(-1)).toMatchObject({
      url: 'https://open.feishu.cn/open-apis/im/v1/messages?receive_id_type=chat_id',
      body: { receive_id: 'oc_1', content: '{"text":"hello"}' },
    })
    for (const message of heard) await lark.react?.(message, 'Typing')
    expect(calls.at(-1)).toMatchObject({
      url: 'https://open.feishu.cn/open-apis/im/v1/messages/om_1/reactions',
      body: { reaction_type: { emoji_type: 'Typing' } },
    })
    await expect(lark.webhook?.(post(body.replace('"v"', '"w"')))).rejects.toThrow('signature')
  })

  test('encrypted events are opened, and known by their signature', async () => {
    const lark = connect(larkKind, { ...app, lark_encrypt_key: 'key' })
    const iv = randomBytes(16)
    const cipher = createCipheriv('aes-256-cbc', createHash('sha256').update('key').digest(), iv)
    const sealed = Buffer.concat([iv, cipher.update(JSON.stringify(event('secretly'))), cipher.final()])
    const body = JSON.stringify({ encrypt: sealed.toString('base64') })
    const headers = { 'x-lark-request-timestamp': '1', 'x-lark-request-nonce': 'n' }
    const signature = createHash('sha256').update(`1nkey${body}`).digest('hex')
    await lark.webhook?.(post(body, { ...headers, 'x-lark-signature': signature }))
    expect(heard[0]?.text).toBe('secretly')
    await expect(lark.webhook?.(post(body, headers))).rejects.toThrow('signature')
    await expect(lark.webhook?.(post(JSON.stringify(event('openly'))))).rejects.toThrow('signature')
  })

  test('cannot run without a way to know Lark by, nor over its socket', () => {
    expect(() => connect(larkKind, app)).toThrow(UnusableSettings)
    expect(() => connect(larkKind, { ...app, lark_connection_mode: 'socket', lark_encrypt_key: 'k' })).toThrow(
      'webhook',
    )
  })
})

describe('WeChat', () => {
  const aesKey = randomBytes(32).toString('base64').slice(0, 43)
  const account = { appid: 'wx0', token: 'tok', secret: 's', encoding_aes_key: aesKey, unified_webhook_mode: true }
  const said = (id: string) =>
    writeXml({ ToUserName: 'gh_1', FromUserName: 'user', CreateTime: 5, MsgType: 'text', Content: 'hi', MsgId: id })
  const query = { timestamp: '1', nonce: 'n', signature: signatureOf('tok', '1', 'n') }

  test('the first answer goes back inside of the callback, the next by the customer API', async () => {
    answers.set('token?', { access_token: 'at', expires_in: 7200 })
    const wechat = connect(wechatKind, account)
    const answered = wechat.webhook?.(post(said('1'), {}, query))
    const again = wechat.webhook?.(post(said('1'), {}, query))
    expect(heard).toMatchObject([{ umo: 'bot:FriendMessage:user', selfId: 'gh_1', text: 'hi', time: 5000 }])
    await wechat.send(friend('user'), [{ type: 'plain', text: 'a <b> ]]> c' }])
    for (const answer of [await answered, await again])
      expect(answer?.body).toContain('<ToUserName><![CDATA[user]]></ToUserName>')
    expect((await answered)?.body).toContain('a <b> ')
    await wechat.send(friend('user'), [{ type: 'plain', text: 'more' }])
    expect(calls.at(-1)).toMatchObject({
      url: 'https://api.weixin.qq.com/cgi-bin/message/custom/send?access_token=at',
      body: { touser: 'user', text: { content: 'more' } },
    })
    await expect(wechat.webhook?.(post(said('2'), {}, { ...query, signature: 'x' }))).rejects.toThrow('signature')
    await expect(wechat.webhook?.(post('garbage', {}, query))).rejects.toThrow('cannot be read')
  })

  test('an answer that comes when WeChat waits no longer is not lost', async () => {
    answers.set('token?', { access_token: 'at', expires_in: 7200 })
    vi.useFakeTimers()
    try {
      const wechat = connect(wechatKind, account)
      const answered = wechat.webhook?.(post(said('1'), {}, query))
      await vi.advanceTimersByTimeAsync(4600)
      expect(await answered).toEqual({ body: 'success' })
      await wechat.send(friend('user'), [{ type: 'plain', text: 'late' }])
      expect(calls.at(-1)).toMatchObject({ body: { touser: 'user', text: { content: 'late' } } })
    } finally {
      vi.useRealTimers()
    }
  })

  test('accounts in secure mode exchange sealed envelopes', async () => {
    const wechat = connect(wechatKind, account)
    const seal = new Seal(aesKey, 'wx0')
    expect(seal.isUsable).toBe(true)
    const sealed = seal.close(said('9'), randomBytes(16))
    const signature = signatureOf('tok', '1', 'n', sealed)
    const call = post(writeXml({ ToUserName: 'gh_1', Encrypt: sealed }), {}, { ...query, msg_signature: signature })
    const answered = wechat.webhook?.(call)
    await wechat.send(friend('user'), [{ type: 'plain', text: 'sealed answer' }])
    const outer = readXml((await answered)?.body ?? '')
    const [encrypted = '', stamp = ''] = [outer.get('Encrypt'), outer.get('TimeStamp')]
    expect(outer.get('MsgSignature')).toBe(signatureOf('tok', stamp, 'n', encrypted))
    expect(readXml(seal.open(encrypted)).get('Content')).toBe('sealed answer')
    const foreign = new Seal(aesKey, 'wx1').close(said('10'), randomBytes(16))
    const forged = { ...query, msg_signature: signatureOf('tok', '1', 'n', foreign) }
    await expect(wechat.webhook?.(post(writeXml({ Encrypt: foreign }), {}, forged))).rejects.toThrow('signature')
  })

  test('a forged callback costs no time, however it is made', async () => {
    const started = performance.now()
    // Read again and again for an end that does not come, eight megabytes would take minutes.
    for (const unclosed of ['<a><![CDATA[', '<a>', '<', '<a><![CDATA[]]>'])
      expect(readXml(unclosed.repeat(8_000_000 / unclosed.length)).size).toBeLessThan(2)
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  test('what stands inside a text is no field of its own', () => {
    const forged = writeXml({ FromUserName: 'me', Content: '<FromUserName>you</FromUserName> ]]> <Content>' })
    expect(Object.fromEntries(readXml(forged))).toMatchObject({ FromUserName: 'me' })
  })
})
