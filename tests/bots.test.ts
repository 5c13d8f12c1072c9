import { connect } from 'node:net'
import { freePort, OneBotPeer, type RegistrarServer, startRegistrarServer } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { TestServer } from './support/server.ts'

let server: TestServer
let vendor: RegistrarServer
/** A key with the scope `bot`. */
let byKey: { headers: Record<string, string>; as: 'nobody' }
beforeAll(async () => {
  vendor = await startRegistrarServer()
  server = await TestServer.start({
    env: {
      ASTRBOT_REGISTRATION_ORIGINS: `${vendor.url}, http://127.0.0.1:9`,
      DINGTALK_REGISTRATION_BASE_URL: vendor.url,
    },
    config: {
      platform: [{ id: 'old:one!', type: 'line', enable: false }, { type: 'telegram', enable: true }, 'rubbish'],
    },
  })
  const { api_key } = (await server.call('createApiKey', { json: { scopes: ['bot'] } })).data
  byKey = { as: 'nobody', headers: { 'x-api-key': api_key } }
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await vendor.stop()
})

const settings = (id: string, port: number, more: object = {}) => ({
  id,
  type: 'aiocqhttp',
  enable: true,
  ws_reverse_host: '127.0.0.1',
  ws_reverse_port: port,
  ws_reverse_token: 'secret-token',
  ...more,
})
const isOpen = (port: number) =>
  new Promise<boolean>(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
const statusOf = async (id: string) =>
  (await server.call('listBotStats')).data.platforms.find(platform => platform.id === id)
const missing = { status: 404, error: { code: 'bot_not_found' } }

describe('a bot', () => {
  it('comes, connects, changes, is switched and goes', async () => {
    const [port, next] = [await freePort(), await freePort()]
    const created = await server.call('createBot', { json: { config: settings('qq', port, { own: 1 }) } })
    expect(created).toMatchObject({ status: 200, message: 'Bot created' })
    expect(await isOpen(port)).toBe(true)
    expect(await statusOf('qq')).toMatchObject({
      type: 'aiocqhttp',
      display_name: 'aiocqhttp',
      status: 'running',
      started_at: expect.stringContaining('+00:00'),
      error_count: 0,
      last_error: null,
      unified_webhook: false,
      meta: { support_streaming_message: false, support_proactive_message: true },
    })
    const params = { bot_id: 'qq' }
    expect((await server.call('getBot', { params })).data.bot).toEqual(settings('qq', port, { own: 1 }))

    const moved = settings('qq', next, { note: 'kept', enable: null })
    expect((await server.call('updateBot', { params, json: { config: moved } })).status).toBe(200)
    expect([await isOpen(next), await isOpen(port)]).toEqual([true, false])
    const { bot } = (await server.call('getBotById', { query: params })).data
    expect(bot).toEqual(settings('qq', next, { note: 'kept' }))

    expect((await server.call('setBotEnabled', { params, json: { enabled: false } })).message).toBe('Bot disabled')
    expect([await isOpen(next), await statusOf('qq')]).toEqual([false, undefined])
    expect((await server.call('getBot', { params })).data.bot.enable).toBe(false)
    // What is off stays off when its settings change.
    const byId = { json: { ...params, config: { ...moved, enable: undefined } } }
    expect((await server.call('updateBotById', byId)).status).toBe(200)
    expect((await server.call('getBot', { params })).data.bot.enable).toBe(false)
    expect((await server.call('setBotEnabledById', { json: { ...params, enabled: true } })).message).toBe('Bot enabled')
    expect(await isOpen(next)).toBe(true)

    expect((await server.call('deleteBot', { params })).message).toBe('Bot deleted')
    expect([await isOpen(next), await statusOf('qq')]).toEqual([false, undefined])
    for (const id of ['getBot', 'deleteBot'] as const) expect(await server.call(id, { params })).toMatchObject(missing)
    const gone = { query: params }
    for (const id of ['getBotById', 'deleteBotById'] as const)
      expect(await server.call(id, gone)).toMatchObject(missing)
    const change = { params, json: { config: moved } }
    expect(await server.call('updateBot', change)).toMatchObject(missing)
    expect(await server.call('updateBotById', { json: { ...params, config: moved } })).toMatchObject(missing)
    expect(await server.call('setBotEnabled', { params, json: { enabled: true } })).toMatchObject(missing)
    expect(await server.call('setBotEnabledById', { json: { ...params, enabled: true } })).toMatchObject(missing)
    expect(await server.call('testBot', { params })).toMatchObject(missing)
    expect(await server.call('testBotById', { json: params })).toMatchObject(missing)
  })

  it('is refused without an id, with a bad or taken one, and without a type', async () => {
    const port = await freePort()
    const create = async (json: object) => {
      const { status, error } = await server.call('createBot', { json })
      return [status, error.code]
    }
    expect(await create({ config: { type: 'aiocqhttp', enable: false } })).toEqual([422, 'validation_failed'])
    for (const id of ['a:b', 'a!b', 'a\nb', 'webchat'])
      expect(await create({ config: settings(id, port) })).toEqual([400, 'invalid_bot_id'])
    expect(await create({ config: { id: 'untyped' } })).toEqual([400, 'invalid_bot_type'])
    expect(await create({ id: 'flat', type: 'satori', enabled: false, satori_token: 't' })).toEqual([200, undefined])
    expect(await create({ id: 'flat', type: 'satori' })).toEqual([409, 'bot_exists'])
    const empty = {
      type: 'satori',
      enable: null,
      satori_token: null,
      satori_auto_reconnect: null,
      port: null,
      own: null,
    }
    expect(await create({ config: { id: ' a bot', ...empty } })).toEqual([200, undefined])
    expect((await server.call('getBot', { params: { bot_id: ' a bot' } })).data.bot).toEqual({
      id: ' a bot',
      type: 'satori',
      enable: false,
      satori_token: '',
      satori_auto_reconnect: false,
      port: 0,
      own: null,
    })
    await server.call('deleteBot', { params: { bot_id: ' a bot' } })
    const renamed = { params: { bot_id: 'flat' }, json: { config: { id: 'other', type: 'satori' } } }
    expect(await server.call('updateBot', renamed)).toMatchObject({ status: 400, error: { code: 'invalid_bot_id' } })
    const renamedById = { json: { bot_id: 'flat', config: { id: 'other', type: 'satori' } } }
    expect((await server.call('updateBotById', renamedById)).error.code).toBe('invalid_bot_id')
    await server.call('deleteBotById', { query: { bot_id: 'flat' } })
  })

  it('that cannot connect is stored, says why, and bothers nobody', async () => {
    const port = await freePort()
    await server.call('createBot', { json: { config: settings('first', port) } })
    await server.call('createBot', { json: { config: settings('second', port) } })
    await server.call('createBot', { json: { config: { id: 'tg', type: 'telegram', telegram_token: 't' } } })
    await server.call('createBot', { json: { config: { id: 'odd', type: 'no-such-type' } } })
    expect(await statusOf('first')).toMatchObject({ status: 'running' })
    expect(await statusOf('second')).toMatchObject({
      status: 'error',
      last_error: { message: expect.stringContaining('EADDRINUSE'), traceback: expect.any(String) },
    })
    expect(await statusOf('tg')).toMatchObject({ status: 'error', error_count: 1 })
    expect(await statusOf('odd')).toMatchObject({ status: 'error', type: 'no-such-type' })
    const seen = (await server.call('listBotStats', byKey)).data
    expect(seen.platforms.find(({ id }) => id === 'second')?.last_error?.traceback).toBeNull()
    expect(seen.summary).toMatchObject({ total: seen.platforms.length, error: 3 })
    // The port is free again: the next attempt has it.
    await server.call('deleteBot', { params: { bot_id: 'first' } })
    await vi.waitFor(async () => expect(await statusOf('second')).toMatchObject({ status: 'running' }), 15_000)
    for (const bot_id of ['second', 'tg', 'odd']) await server.call('deleteBot', { params: { bot_id } })
  })

  it('is tested by asking the program that holds the account', async () => {
    const port = await freePort()
    await server.call('createBot', { json: { config: settings('asked', port) } })
    const test = async () => (await server.call('testBotById', { json: { bot_id: 'asked' } })).data
    expect(await test()).toEqual({ id: 'asked', status: 'unavailable', error: 'no OneBot program is connected' })
    const peer = await OneBotPeer.dial(port, { token: 'secret-token' })
    expect(await test()).toEqual({ id: 'asked', status: 'available', error: null })
    await peer.stop()
    const params = { bot_id: 'asked' }
    await server.call('setBotEnabled', { params, json: { enabled: false } })
    expect((await server.call('testBot', { params })).data.status).toBe('unsupported')
    await server.call('deleteBot', { params })
  })

  it('is found by state and type', async () => {
    const port = await freePort()
    await server.call('createBot', { json: { config: settings('on', port) } })
    await server.call('createBot', { json: { enabled: false, config: settings('off', port) } })
    const list = async (query: Record<string, string>) =>
      (await server.call('listBots', { query })).data.bots.map(({ id }) => id).filter(id => id === 'on' || id === 'off')
    expect(await list({})).toEqual(['on', 'off'])
    expect(await list({ type: '' })).toEqual(['on', 'off'])
    expect(await list({ enabled: 'true' })).toEqual(['on'])
    expect(await list({ enabled: 'false', type: 'aiocqhttp' })).toEqual(['off'])
    expect(await list({ type: 'satori' })).toEqual([])
    expect((await server.call('listBots', { query: { enabled: 'perhaps' } })).status).toBe(422)
    for (const bot_id of ['on', 'off']) await server.call('deleteBot', { params: { bot_id } })
  })
})

describe('secrets', () => {
  it('are masked for keys, and come back from their masks to the same place only', async () => {
    const config = {
      id: 'tg',
      type: 'telegram',
      enable: false,
      telegram_token: 'real',
      telegram_api_base_url: 'https://api',
    }
    await server.call('createBot', { json: { config } })
    const params = { bot_id: 'tg' }
    const seen = (await server.call('getBot', { ...byKey, params })).data.bot
    expect(seen['telegram_token']).toMatch(/^\*\*\*redacted:/)
    expect(JSON.stringify((await server.call('listBots', byKey)).data)).not.toContain('"real"')
    const saved = await server.call('updateBot', {
      ...byKey,
      params,
      json: { config: { ...seen, start_message: 'hi' } },
    })
    expect(saved.status).toBe(200)
    const { bot } = (await server.call('getBot', { params })).data
    expect(bot).toMatchObject({ telegram_token: 'real', start_message: 'hi' })
    const stolen = { ...seen, telegram_api_base_url: 'https://evil' }
    expect((await server.call('updateBot', { ...byKey, params, json: { config: stolen } })).status).toBe(422)
    const copied = { ...seen, id: 'copy' }
    expect((await server.call('createBot', { ...byKey, json: { config: copied } })).status).toBe(422)
    await server.call('deleteBot', { params })
  })
})

describe('entries that a file brought', () => {
  it('get ids that can stand in a UMO, and webhook addresses', async () => {
    const { bots } = (await server.call('listBots')).data
    expect(bots.find(({ type }) => type === 'line')).toMatchObject({
      id: 'old_one_',
      webhook_uuid: expect.stringMatching(/^[0-9a-f]{16}$/),
      unified_webhook_mode: true,
    })
    // An entry without an id is left alone.
    expect((await server.call('listBotStats')).data.platforms.map(({ id }) => id)).toEqual(['webchat'])
  })

  it('values that forms sent as text are stored as numbers', async () => {
    const port = await freePort()
    const config = { ...settings('text', port), ws_reverse_port: String(port), enable: false }
    await server.call('createBot', { json: { config } })
    const params = { bot_id: 'text' }
    expect((await server.call('getBot', { params })).data.bot['ws_reverse_port']).toBe(port)
    await server.call('deleteBot', { params })
  })
})

describe('types', () => {
  it('are all there, with starters and fields', async () => {
    const { bot_types } = (await server.call('listBotTypes')).data
    expect(bot_types.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['aiocqhttp', 'telegram', 'line', 'lark', 'weixin_official_account', 'webchat']),
    )
    expect(bot_types).toHaveLength(18)
    const onebot = bot_types.find(({ type }) => type === 'aiocqhttp')
    expect(onebot).toMatchObject({ id: 'aiocqhttp', default_config: { ws_reverse_port: 6199 } })
    expect(Object.keys(onebot?.schema ?? {})).toContain('ws_forward_url')
    expect(bot_types.at(-1)).toMatchObject({ type: 'webchat', default_config: null, support_streaming_message: true })
  })
})

describe('registration', () => {
  const step = async (bot_type: string, json: object) => {
    const { status, error, data } = await server.call('registerBotType', { params: { bot_type }, json })
    return status === 200 ? data : [status, error.code]
  }

  it('is refused for types without one, without codes, and for hosts of the caller’s choice', async () => {
    expect(await step('telegram', { action: 'start' })).toEqual([404, 'bot_type_not_found'])
    expect(await step('constructor', { action: 'start' })).toEqual([404, 'bot_type_not_found'])
    expect(await step('lark', { action: 'dance' })).toEqual([422, 'validation_failed'])
    for (const type of ['lark', 'dingtalk', 'weixin_oc', 'qq_official'])
      expect(await step(type, { action: 'poll' })).toEqual([400, 'invalid_registration_code'])
    const own = { domain: 'http://127.0.0.1:1', weixin_oc_base_url: 'http://127.0.0.1:1', qqofficial_bind_host: 'evil' }
    for (const type of ['lark', 'weixin_oc', 'qq_official'])
      expect(await step(type, { action: 'start', platform_config: own })).toEqual([400, 'invalid_host'])
  })

  it('leads from a code to credentials, and stores nothing', async () => {
    const at = { domain: vendor.url, weixin_oc_base_url: vendor.url, qqofficial_bind_host: new URL(vendor.url).host }
    const before = (await server.call('listBots')).data
    const lark = { platform_config: at }
    expect(await step('lark', { action: ' START ', ...lark })).toMatchObject({
      status: 'pending',
      registration_code: 'dev-1',
      interval: 5,
    })
    const polled = async () =>
      (await step('lark', { action: 'poll', device_code: 'dev-1', ...lark })) as { status: string }
    expect([(await polled()).status, (await polled()).status]).toEqual(['pending', 'denied'])
    expect(await polled()).toMatchObject({
      status: 'created',
      app_id: 'cli_1',
      app_secret: 's-1',
      bot_name: 'Registered',
    })
    expect(await step('dingtalk', { action: 'start' })).toMatchObject({ status: 'pending', device_code: 'ding-1' })
    expect(await step('dingtalk', { action: 'poll', device_code: 'ding-1' })).toMatchObject({
      status: 'created',
      client_id: 'ding-id',
      platform_id_suffix: expect.stringMatching(/^_[a-z]{4}$/),
    })
    const qq = (await step('qq_official', { action: 'start', platform_config: at })) as { bind_key: string }
    expect(qq).toMatchObject({ status: 'pending', registration_code: 'task-1' })
    const bound = { action: 'poll', task_id: 'task-1', bind_key: qq.bind_key, platform_config: at }
    expect(await step('qq_official', bound)).toMatchObject({ status: 'created', appid: '1001', secret: 'qq-secret' })
    const weixin = { platform_config: at }
    expect(await step('weixin_oc', { action: 'start', ...weixin })).toMatchObject({ status: 'pending', qrcode: 'qr-1' })
    expect(await step('weixin_oc', { action: 'poll', qrcode: 'qr-1', ...weixin })).toMatchObject({ status: 'pending' })
    expect(await step('weixin_oc', { action: 'poll', qrcode: 'qr-done', ...weixin })).toMatchObject({
      status: 'created',
      weixin_oc_token: 'bt',
    })
    expect((await server.call('listBots')).data).toEqual(before)
  })

  it('says when the vendor fails or hangs', async () => {
    const dead = { action: 'start', platform_config: { domain: 'http://127.0.0.1:9' } }
    expect(await step('lark', dead)).toEqual([502, 'upstream_failed'])
    const slow = { qqofficial_bind_host: `${new URL(vendor.url).host}`, qqofficial_api_timeout_ms: 1000 }
    const poll = { action: 'poll', task_id: 'hang', bind_key: 'k', platform_config: slow }
    expect(await step('qq_official', poll)).toEqual([504, 'upstream_timeout'])
  })
})
