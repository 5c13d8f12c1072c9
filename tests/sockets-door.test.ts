import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, silentLog } from '@astrbot/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pathOf } from './support/contract.ts'
import { query as sql } from './support/database.ts'
import { epochSeconds, signToken } from './support/secrets.ts'
import { TestServer } from './support/server.ts'
import { type SocketOperation, TestSocket } from './support/socket.ts'

// Who may open a socket, and what a socket takes.

const logged: string[] = []
const note = (data: object, message: string) => void logged.push(`${message} ${JSON.stringify(data)}`)
const log: Logger = { ...silentLog, debug: note, info: note, warn: note, error: note }

const all: SocketOperation[] = [
  'openChatWebSocket',
  'openLiveWebSocket',
  'openUnifiedChatWebSocket',
  'openLiveChatWebSocket',
]
const byKey: SocketOperation[] = ['openChatWebSocket', 'openLiveWebSocket']
const byToken: SocketOperation[] = ['openUnifiedChatWebSocket', 'openLiveChatWebSocket']

let server: TestServer
let token: string
beforeAll(async () => {
  server = await TestServer.start({
    log,
    env: { ASTRBOT_CORS_ORIGINS: 'https://app.example', ASTRBOT_HEARTBEAT_MS: '200' },
  })
  token = server.credentials.token['authorization']?.slice('Bearer '.length) ?? ''
})
afterAll(() => server[Symbol.asyncDispose]())

const good = (id: SocketOperation) =>
  byKey.includes(id) ? { api_key: server.keys.key.api_key, username: 'alice' } : { token }

/** Opens a socket that is closed again, and answers what it was told. */
async function turnedAway(id: SocketOperation, query: Record<string, string>, headers: Record<string, string> = {}) {
  await using socket = await TestSocket.open(server, id, { query, headers })
  return { ...(await socket.closing()), frames: socket.frames }
}

describe('credentials', () => {
  it.each(byKey)('%s wants an API key with the scope, by any carrier', async id => {
    const username = 'alice'
    const said = (data: string) => ({
      code: 1008,
      reason: data,
      frames: [{ type: 'error', code: 'UNAUTHORIZED', data }],
    })
    expect(await turnedAway(id, { username })).toEqual(said('Missing API key'))
    expect(await turnedAway(id, { username, api_key: 'abk_nope' })).toEqual(said('Invalid API key'))
    expect(await turnedAway(id, { username, api_key: token })).toEqual(said('Invalid API key'))
    const weak = server.keys.weakKey.api_key
    expect(await turnedAway(id, { username, key: weak })).toEqual(said('Insufficient API key scope'))
    const gone = (await server.call('createApiKey', { json: { scopes: ['chat'] } })).data
    await sql(server.dataDir, 'UPDATE api_keys SET expires_at = ? WHERE key_id = ?', Date.now() - 1000, gone.key_id)
    expect(await turnedAway(id, { username, api_key: gone.api_key })).toEqual(said('Invalid API key'))
    const cookie = { cookie: `astrbot_dashboard_jwt=${token}` }
    expect(await turnedAway(id, { username }, cookie)).toEqual(said('Missing API key'))

    const key = server.keys.key.api_key
    const carriers = [
      { query: { api_key: key } },
      { query: { key } },
      { headers: { 'x-api-key': key } },
      { headers: { authorization: `Bearer ${key}` } },
      { headers: { authorization: `ApiKey ${key}` } },
    ]
    for (const { query = {}, headers = {} } of carriers) {
      await using socket = await TestSocket.open(server, id, { query: { ...query, username }, headers: { ...headers } })
      socket.send({ t: 'ping' })
      expect(await socket.next()).toMatchObject(id === 'openChatWebSocket' ? { type: 'pong' } : { t: 'pong' })
    }
  })

  it.each(byToken)('%s wants a dashboard token, by query or header', async id => {
    const closed = (reason: string) => ({ code: 1008, reason, frames: [] })
    expect(await turnedAway(id, {})).toEqual(closed('Missing authentication token'))
    expect(await turnedAway(id, { token: 'nope' })).toEqual(closed('Invalid token'))
    expect(await turnedAway(id, { token: server.keys.key.api_key })).toEqual(closed('Invalid token'))
    expect(await turnedAway(id, {}, { cookie: `astrbot_dashboard_jwt=${token}` })).toEqual(
      closed('Missing authentication token'),
    )
    const secret = server.running.bot.config.get().dashboard.jwt_secret
    const expired = signToken(secret, { username: 'astrbot', exp: epochSeconds(-1) })
    expect(await turnedAway(id, { token: expired })).toEqual(closed('Token expired'))
    const limited = signToken(secret, { username: 'astrbot', purpose: 'page_session', exp: epochSeconds(60) })
    expect(await turnedAway(id, { token: limited })).toEqual(closed('Invalid token'))
    await using socket = await TestSocket.open(server, id, { headers: { authorization: `Bearer ${token}` } })
    socket.send({ t: 'ping' })
    expect(await socket.next()).toEqual({ t: 'pong' })
  })

  it.each([
    [{}, 'BAD_USER', 'Missing key: username'],
    [{ username: ' ' }, 'BAD_USER', 'username is empty'],
    [{ username: 'astrbot' }, 'INVALID_MESSAGE', 'username is reserved for an AstrBot administrator'],
    [{ username: 'alice', ct: 'dance' }, 'INVALID_MESSAGE', "ct must be 'live' or 'chat'"],
  ])('openLiveWebSocket with %j is closed', async (query, code, data) => {
    const away = await turnedAway('openLiveWebSocket', { api_key: server.keys.key.api_key, ...query } as Record<
      string,
      string
    >)
    expect(away).toMatchObject({ code: 1008, frames: [{ type: 'error', code, data }] })
    expect(away.reason).toBe('ct' in query ? 'Invalid ct' : data)
  })

  it('a key that is revoked while its socket is open starts no more turns', async () => {
    const key = (await server.call('createApiKey', { json: { scopes: ['chat'] } })).data
    await using socket = await TestSocket.open(server, 'openChatWebSocket', { query: { api_key: key.api_key } })
    socket.send({ t: 'ping' })
    await socket.next()
    await server.call('revokeApiKey', { params: { key_id: key.key_id } })
    expect(await socket.refused({ message: 'hello', username: 'alice' })).toMatchObject({ code: 'UNAUTHORIZED' })
    expect((await socket.closing()).code).toBe(1008)
  })

  it('no key or token reaches the log', () => {
    const all = logged.join('\n')
    for (const { api_key } of Object.values(server.keys)) expect(all).not.toContain(api_key)
    expect(all).not.toContain(token)
  })
})

describe('the handshake', () => {
  it.each(all)('%s refuses pages of other origins by HTTP', async id => {
    for (const origin of ['https://evil.example', 'null', `https://${new URL(server.url).host}.evil.example`]) {
      expect(await TestSocket.try(server, id, { query: good(id), headers: { origin } })).toMatchObject({
        status: 403,
        code: 'origin_not_allowed',
      })
    }
    const answer = await TestSocket.try(server, id, { headers: { origin: 'https://evil.example' } })
    expect(answer).toMatchObject({ status: 401, code: 'missing_credentials' })
    const { host } = new URL(server.url)
    const proxied = { origin: 'https://bot.example', 'x-forwarded-host': 'bot.example' }
    const portless = { origin: 'https://bot.example:8443', host: 'bot.example' }
    for (const headers of [{ origin: `http://${host}` }, portless, { origin: 'https://app.example' }, proxied]) {
      await using socket = await TestSocket.open(server, id, { query: good(id), headers })
      expect(socket.closed).toBeUndefined()
    }
  })

  it.each(all)('%s counts the last of two credentials of one name', async id => {
    const values = Object.entries(good(id))
    const before = values.map(([name]): [string, string] => [name, 'x'])
    await using socket = await TestSocket.open(server, id, { query: [...before.slice(0, 1), ...values] })
    await using refused = await TestSocket.open(server, id, { query: [...values, ...before.slice(0, 1)] })
    expect(await refused.closing()).toMatchObject({ code: 1008 })
    expect(socket.closed).toBeUndefined()
  })

  it.each(all)('%s with a credential that nothing can store is 422', async id => {
    const name = byKey.includes(id) ? 'key' : 'token'
    const answer = await server.call(id, { as: name, query: { username: 'alice', [name]: 'x\0' } })
    expect(answer).toMatchObject({ status: 422, error: { issues: [{ path: `query.${name}` }] } })
  })

  it.each(all)('%s without an upgrade is 426, after credentials', async id => {
    const query = { token: 'x', username: 'alice' }
    const answer = await server.call(id, { as: byKey.includes(id) ? 'key' : 'token', query })
    expect(answer).toMatchObject({ status: 426, error: { code: 'upgrade_required' } })
    expect(answer.headers.get('upgrade')).toBe('websocket')
    expect((await server.call(id, { as: 'nobody', query })).status).toBe(401)
    expect((await server.call(id, { as: 'weakKey', query })).status).toBe(403)
  })

  it('handshakes at other addresses are ordinary requests', async () => {
    const missing = await TestSocket.try(server, 'openChatWebSocket', { path: '/api/v1/nowhere/ws' })
    expect(missing).toMatchObject({ status: 404, code: 'not_found' })
    const other = await TestSocket.try(server, 'openChatWebSocket', { path: pathOf('listChatSessions') })
    expect(other).toMatchObject({ status: 401, code: 'missing_credentials' })
  })

  it('offers of other protocols are passed over, also with a body', async () => {
    const { hostname, port } = new URL(server.url)
    const ask = (head: string, body: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: hostname, port: Number(port) })
        let text = ''
        socket.on('data', chunk => {
          text += String(chunk)
        })
        socket.on('close', () => resolve(text))
        socket.on('error', reject)
        socket.write(
          `${head} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n${body}`,
        )
      })
    expect(await ask('GET /healthz', '\r\n')).toContain('{"status":"ok"}')
    const login = '{"username":"astrbot","password":"not this one"}'
    const answer = await ask(
      'POST /api/v1/auth/login',
      `Content-Type: application/json\r\nContent-Length: ${login.length}\r\n\r\n${login}`,
    )
    // Older versions of Node read no body after such an offer: then it is refused, not waited for.
    expect(answer).toMatch(/invalid_credentials|malformed_request/)
  })

  it('sockets are found below the sub-path of a proxy', async () => {
    await using below = await TestServer.start({ env: { ASTRBOT_BASE_PATH: '/bot' } })
    const path = `/bot${pathOf('openChatWebSocket')}`
    const headers = { 'x-api-key': below.keys.key.api_key }
    await using socket = await TestSocket.open(below, 'openChatWebSocket', { path, headers })
    socket.send({ t: 'ping' })
    expect(await socket.next()).toEqual({ type: 'pong' })
  })
})

describe('what a socket takes', () => {
  const open = () => TestSocket.open(server, 'openChatWebSocket', { query: { api_key: server.keys.key.api_key } })

  it('a frame of 20 MB closes it with 1009, one of 3 MB is read', async () => {
    await using socket = await open()
    expect(await socket.refused({ t: 'x'.repeat(3 * 1024 * 1024) })).toMatchObject({ code: 'INVALID_MESSAGE' })
    socket.sendRaw('x'.repeat(20 * 1024 * 1024))
    expect((await socket.closing()).code).toBe(1009)
  })

  it('a frame of a hundred thousand brackets is refused', async () => {
    await using socket = await open()
    const depth = 100_000
    const frame = `{"message":${'['.repeat(depth)}${']'.repeat(depth)},"username":"a"}`
    expect(await socket.refused(frame)).toMatchObject({ code: 'INVALID_MESSAGE' })
  })

  it('a flood is answered at its own pace, and nothing of it is lost', async () => {
    await using flood = await open()
    await using other = await open()
    const count = 1400
    for (let i = 0; i < count; i++) flood.sendRaw('{"t":"ping"}')
    const asked = performance.now()
    other.send({ t: 'ping' })
    await other.next()
    expect(flood.frames.length).toBeLessThan(count)
    await expect.poll(() => flood.frames.length, { timeout: 15_000 }).toBe(count)
    expect(performance.now() - asked).toBeGreaterThan(1000)
  })

  it('more turns at once than a socket may have are refused', async () => {
    await using socket = await open()
    for (let i = 0; i < 66; i++) socket.send({ message: 'x', username: 'alice', session_id: 'many' })
    expect(await socket.next(({ code }) => code === 'INVALID_MESSAGE')).toMatchObject({
      data: 'More than 64 turns at once',
    })
    socket.send({ t: 'interrupt' })
    await socket.next(({ code }) => code === 'INTERRUPTED')
  })

  it('is asked whether it lives, and given up when it is silent', async () => {
    await using lively = await open()
    let pings = 0
    lively.raw.on('ping', () => {
      pings++
    })
    const silent = await open()
    // It takes what comes and answers nothing.
    silent.raw.pong = () => {}
    Object.assign(silent.raw, { _autoPong: false })
    await expect.poll(() => silent.closed, { timeout: 15_000 }).toBeDefined()
    expect(pings).toBeGreaterThan(3)
    await sleep(300)
    expect(lively.closed).toBeUndefined()
  })
})
