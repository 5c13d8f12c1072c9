import { createHash, createHmac } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, OneBotPeer } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagesOf } from './support/chat.ts'
import { fileForm } from './support/forms.ts'
import { TestServer } from './support/server.ts'

let server: TestServer
/** A key with the scopes `im` and `file`. */
let byKey: { headers: Record<string, string>; as: 'nobody' }
beforeAll(async () => {
  server = await TestServer.start()
  const { api_key } = (await server.call('createApiKey', { json: { scopes: ['im', 'file'] } })).data
  byKey = { as: 'nobody', headers: { 'x-api-key': api_key } }
})
afterAll(() => server[Symbol.asyncDispose]())

const operations = ['sendImMessage', 'sendImMessageLegacy'] as const
const umoOf = (session: string) => `webchat:FriendMessage:webchat!astrbot!${session}`
const newSession = async () => (await server.call('createChatSession')).data.session_id

describe('a message to webchat', () => {
  it('stands in the history, with its files', async () => {
    const session = await newSession()
    const file = (await server.call('uploadFile', { ...byKey, ...(await fileForm('a.txt', 'content', 'text/plain')) }))
      .data
    for (const id of operations)
      expect(await server.call(id, { ...byKey, json: { umo: umoOf(session), message: ` ${id} ` } })).toMatchObject({
        status: 200,
        data: {},
        message: null,
      })
    const message = [
      { type: 'reply', message_id: 7, selected_text: 'that' },
      { type: 'plain', text: 'look: ' },
      { type: 'text', text: '' },
      { type: 'plain', text: 5 },
      { type: 'image', attachment_id: file.attachment_id, filename: 'shown.txt' },
    ]
    expect((await server.call('sendImMessage', { ...byKey, json: { umo: umoOf(session), message } })).status).toBe(200)
    const stored = await messagesOf(server, session, 'token')
    expect(stored.map(({ sender_id, content }) => [sender_id, content.type, content.message])).toEqual([
      ['bot', 'bot', [{ type: 'plain', text: 'sendImMessage' }]],
      ['bot', 'bot', [{ type: 'plain', text: 'sendImMessageLegacy' }]],
      [
        'bot',
        'bot',
        [
          { type: 'reply', message_id: '7', selected_text: 'that' },
          { type: 'plain', text: 'look: ' },
          { type: 'plain', text: '5' },
          {
            type: 'file',
            attachment_id: file.attachment_id,
            filename: 'shown.txt',
            stored_filename: file.stored_filename,
          },
        ],
      ],
    ])
  })

  it('keeps a mention in its sentence, and texts apart', async () => {
    const session = await newSession()
    await server.running.bot.platforms.send(umoOf(session), [
      { type: 'plain', text: 'hi ' },
      { type: 'at', userId: '1', name: 'Bob' },
      { type: 'plain', text: 'and welcome' },
      { type: 'plain', text: 'again' },
    ])
    const [stored] = await messagesOf(server, session, 'token')
    expect(stored?.content.message).toEqual([
      { type: 'plain', text: 'hi @Bob and welcome' },
      { type: 'plain', text: 'again' },
    ])
  })

  it('is heard on the streams that run, and stays apart from their answers', async () => {
    const session = await newSession()
    const stream = await server.stream('sendChatMessage', { json: { session_id: session, message: '[[slow 20 25]]' } })
    await stream.until(({ event }) => event.type === 'plain')
    await server.call('sendImMessage', { json: { umo: umoOf(session), message: 'by the way' } })
    const events = (await stream.rest()).map(({ event }) => event)
    const pushed = events.findIndex(event => event.type === 'plain' && event.data === 'by the way')
    expect(pushed).toBeGreaterThan(0)
    expect(events.slice(pushed + 1, pushed + 3)).toMatchObject([
      { type: 'complete', data: 'by the way' },
      { type: 'message_saved' },
    ])
    expect(events.at(-1)?.type).toBe('end')
    const texts = (await messagesOf(server, session, 'token')).map(({ content }) =>
      content.message.map(part => (part.type === 'plain' ? part.text : '')).join(''),
    )
    expect(texts.slice(1)).toEqual(['by the way', expect.not.stringContaining('by the way')])
  })

  it('needs no session', async () => {
    const answer = await server.call('sendImMessage', { json: { umo: 'webchat:FriendMessage:nowhere', message: 'hi' } })
    expect(answer.status).toBe(200)
  })
})

describe('what is refused', () => {
  it.each([
    [{ umo: umoOf('x') }, 422, 'validation_failed'],
    [{ umo: umoOf('x'), message: null }, 422, 'validation_failed'],
    [{ message: 'x' }, 422, 'validation_failed'],
    [{ umo: '', message: 'x' }, 422, 'validation_failed'],
    [{ umo: umoOf('x'), message: [{ type: 'dance' }] }, 422, 'validation_failed'],
    [{ umo: 'broken-umo', message: 'x' }, 400, 'invalid_umo'],
    [{ umo: 'webchat:Friend:x', message: 'x' }, 400, 'invalid_umo'],
    [{ umo: 'webchat:FriendMessage:', message: 'x' }, 400, 'invalid_umo'],
    [{ umo: umoOf('x'), message: '  ' }, 400, 'message_empty'],
    [{ umo: umoOf('x'), message: [{ type: 'reply', message_id: '1' }] }, 400, 'message_empty'],
    [{ umo: 'no-such-bot:FriendMessage:x', message: 'x' }, 404, 'bot_not_running'],
    [{ umo: umoOf('x'), message: [{ type: 'file', attachment_id: 'none' }] }, 404, 'attachment_not_found'],
  ])('%j is %i %s', async (json, status, code) => {
    for (const id of operations) expect(await server.call(id, { json })).toMatchObject({ status, error: { code } })
  })

  it('a file that is gone', async () => {
    const file = (await server.call('uploadFile', await fileForm('a.txt', 'content', 'text/plain'))).data
    await rm(join(server.dataDir, 'attachments', file.stored_filename ?? ''))
    const message = [{ type: 'file', attachment_id: file.attachment_id }]
    expect((await server.call('sendImMessage', { json: { umo: umoOf('x'), message } })).status).toBe(404)
  })

  it('a file of another key', async () => {
    const { api_key } = (await server.call('createApiKey', { json: { scopes: ['file'] } })).data
    const other = { as: 'nobody' as const, headers: { 'x-api-key': api_key } }
    const file = (await server.call('uploadFile', { ...other, ...(await fileForm('a.txt', 'x', 'text/plain')) })).data
    const message = [{ type: 'file', attachment_id: file.attachment_id }]
    const answer = await server.call('sendImMessage', { ...byKey, json: { umo: umoOf('x'), message } })
    expect(answer.error.code).toBe('attachment_not_found')
  })
})

describe('a message to a OneBot bot', () => {
  it('reaches groups and people; without a program it is 502', async () => {
    const port = await freePort()
    const config = { id: 'qq', type: 'aiocqhttp', ws_reverse_host: '127.0.0.1', ws_reverse_port: port }
    await server.call('createBot', { json: { config } })
    await server.call('createBot', { json: { enabled: false, config: { id: 'off', type: 'aiocqhttp' } } })
    expect((await server.call('listImBots', byKey)).data).toEqual({ bot_ids: ['qq', 'off'] })
    const send = async (umo: string, message: unknown) => {
      const sent: (string | number)[] = []
      for (const id of operations) {
        const { status, error } = await server.call(id, { ...byKey, json: { umo, message } })
        sent.push(error.code ?? status)
      }
      return sent
    }
    expect(await send('qq:GroupMessage:777', 'hi')).toEqual(['upstream_failed', 'upstream_failed'])
    expect(await send('off:GroupMessage:777', 'hi')).toEqual(['bot_not_running', 'bot_not_running'])
    const peer = await OneBotPeer.dial(port)
    const file = (await server.call('uploadFile', await fileForm('a.txt', 'content', 'text/plain'))).data
    expect(await send('qq:GroupMessage:777', 'hi 你好')).toEqual([200, 200])
    expect(await send('qq:FriendMessage:42', [{ type: 'file', attachment_id: file.attachment_id }])).toEqual([200, 200])
    const content = `base64://${Buffer.from('content').toString('base64')}`
    expect(peer.seen.filter((_, i) => i % 2 === 0)).toEqual([
      { action: 'send_group_msg', params: { group_id: 777, message: [{ type: 'text', data: { text: 'hi 你好' } }] } },
      {
        action: 'send_private_msg',
        params: { user_id: 42, message: [{ type: 'file', data: { file: content, name: 'a.txt' } }] },
      },
    ])
    await peer.stop()
    for (const bot_id of ['qq', 'off']) await server.call('deleteBot', { params: { bot_id } })
  })
})

describe('webhooks', () => {
  const create = async (config: Record<string, unknown> & { id: string }) => {
    expect((await server.call('createBot', { json: { config } })).status).toBe(200)
    const { bot } = (await server.call('getBot', { params: { bot_id: config.id } })).data
    expect(bot['webhook_uuid']).toMatch(/^[0-9a-f]{16}$/)
    return String(bot['webhook_uuid'])
  }
  const receive = (
    webhook_uuid: string,
    body: string,
    headers: Record<string, string> = {},
    type = 'application/json',
  ) => server.call('receivePlatformWebhook', { as: 'nobody', params: { webhook_uuid }, body, type, headers })

  it('of LINE are known by their signature, over the bytes as they came, by both paths', async () => {
    const uuid = await create({ id: 'line', type: 'line', channel_access_token: 'token', channel_secret: 'secret' })
    const body = '{"destination":"U0" ,"events":[]}'
    const sign = (text: string) => ({
      'x-line-signature': createHmac('sha256', 'secret').update(text).digest('base64'),
    })
    expect(await receive(uuid, body, sign(body))).toMatchObject({ status: 200, text: 'ok' })
    const bare = await server.fetch(`/api/platform/webhook/${uuid}`, { method: 'POST', body, headers: sign(body) })
    expect(await bare.text()).toBe('ok')
    expect((await receive(uuid, body, sign(`${body} `))).error.code).toBe('invalid_signature')
    expect((await receive(uuid, body)).error.code).toBe('invalid_signature')
    expect((await receive(uuid, 'no json', sign('no json'))).error.code).toBe('invalid_webhook_body')
    const get = { as: 'nobody', params: { webhook_uuid: uuid } } as const
    expect((await server.call('verifyPlatformWebhook', get)).error.code).toBe('invalid_signature')

    await server.call('setBotEnabled', { params: { bot_id: 'line' }, json: { enabled: false } })
    expect(await receive(uuid, body, sign(body))).toMatchObject({ status: 404, error: { code: 'webhook_not_found' } })
    expect((await server.call('verifyPlatformWebhook', get)).error.code).toBe('webhook_not_found')
    // An empty address in an update asks for a new one.
    const config = { type: 'line', channel_access_token: 't', channel_secret: 's', webhook_uuid: '' }
    await server.call('updateBot', { params: { bot_id: 'line' }, json: { config } })
    const { bot } = (await server.call('getBot', { params: { bot_id: 'line' } })).data
    expect(bot['webhook_uuid']).not.toBe(uuid)
    expect(bot['webhook_uuid']).toMatch(/^[0-9a-f]{16}$/)
  })

  it('of WeChat prove themselves', async () => {
    const uuid = await create({
      id: 'wx',
      type: 'weixin_official_account',
      appid: 'wx0',
      token: 'wxtoken',
      unified_webhook_mode: true,
    })
    const signature = createHash('sha1').update(['wxtoken', '17', 'abc'].sort().join('')).digest('hex')
    const verify = (query: Record<string, string>) =>
      server.call('verifyPlatformWebhook', { as: 'nobody', params: { webhook_uuid: uuid }, query })
    const query = { timestamp: '17', nonce: 'abc', signature, echostr: 'ECHO' }
    expect(await verify(query)).toMatchObject({ status: 200, text: 'ECHO' })
    const wrong = await verify({ ...query, signature: '0'.repeat(40) })
    expect(wrong).toMatchObject({ status: 400, error: { code: 'invalid_signature' } })
    expect(wrong.text).not.toContain('ECHO')
  })

  it('of Lark are answered with their challenge', async () => {
    const app = { app_id: 'cli', app_secret: 's', domain: 'https://127.0.0.1:9' }
    const mode = { lark_connection_mode: 'webhook', lark_verification_token: 'vtoken' }
    const uuid = await create({ id: 'lark', type: 'lark', ...app, ...mode })
    const challenge = (token: string) => JSON.stringify({ type: 'url_verification', challenge: 'c-1', token })
    const right = await receive(uuid, challenge('vtoken'))
    expect(JSON.parse(right.text)).toEqual({ challenge: 'c-1' })
    expect((await receive(uuid, challenge('bad'))).error.code).toBe('invalid_signature')
  })

  it('that nobody has, and that are too long', async () => {
    for (const uuid of ['0123456789abcdef', ''])
      expect((await receive(uuid || '%20', '{}')).error.code).toBe('webhook_not_found')
    const config = { id: 'line2', type: 'line', channel_access_token: 'token', channel_secret: 'secret' }
    const long = await receive(await create(config), 'x'.repeat(9 * 1024 * 1024))
    expect(long).toMatchObject({ status: 413, error: { code: 'payload_too_large' } })
  })
})
