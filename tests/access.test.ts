import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cookiesOf } from './support/cookies.ts'
import { query } from './support/database.ts'
import { astrBotKeyHash, epochSeconds, password, pbkdf2Hash, signToken } from './support/secrets.ts'
import { TestServer } from './support/server.ts'

// Who may come in, and what they have to show. Two-factor sign-in has a file of its own.

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

const login = { username: 'astrbot', password }
const post = (json: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(json),
})

describe('the session cookie', () => {
  it('is set by a login, opens the door alone, and is cleared by a logout', async () => {
    const { data, headers } = await server.call('login', { as: 'nobody', json: login })
    const [cookie] = cookiesOf(headers)
    expect(cookie).toEqual({
      name: 'astrbot_dashboard_jwt',
      value: data.token,
      attributes: { 'max-age': '604800', path: '/', httponly: '', samesite: 'Strict' },
    })
    const shown = { cookie: `theme=dark; astrbot_dashboard_jwt=${data.token}; x=y` }
    expect((await server.call('listApiKeys', { as: 'nobody', headers: shown })).status).toBe(200)

    const out = await server.call('logout', { as: 'nobody', headers: shown })
    expect(cookiesOf(out.headers)).toEqual([
      {
        name: 'astrbot_dashboard_jwt',
        value: '',
        attributes: { 'max-age': '0', path: '/', httponly: '', samesite: 'Strict' },
      },
    ])
  })

  it('is Secure only where a trusted proxy says HTTPS', async () => {
    const secureOf = async (at: TestServer) => {
      const answer = await at.fetch('/api/v1/auth/login', post(login, { 'x-forwarded-proto': 'https' }))
      return 'secure' in (cookiesOf(answer.headers)[0]?.attributes ?? {})
    }
    await using trusting = await TestServer.start({ dashboard: { trust_proxy_headers: true } })
    expect(await secureOf(server)).toBe(false)
    expect(await secureOf(trusting)).toBe(true)
    const plain = await trusting.call('login', { as: 'nobody', json: login })
    expect(plain.headers.get('set-cookie')).not.toContain('Secure')
  })
})

describe('carriers of a key', () => {
  const sessions = '/api/v1/chat/sessions?username=me'
  const statusOf = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await server.fetch(path, { headers })
    await answer.body?.cancel()
    return answer.status
  }

  it('all of them work', async () => {
    const key = server.keys.key.api_key
    expect(await statusOf(sessions, { 'x-api-key': key })).toBe(200)
    expect(await statusOf(sessions, { authorization: `ApiKey ${key}` })).toBe(200)
    expect(await statusOf(sessions, { authorization: `Bearer ${key}` })).toBe(200)
    expect(await statusOf(`${sessions}&api_key=${key}`)).toBe(200)
    expect(await statusOf(`${sessions}&key=${key}`)).toBe(200)
  })

  it('a Bearer value hides the others; a query named `key` counts only when it is one', async () => {
    const key = server.keys.key.api_key
    const token = server.credentials.token['authorization'] ?? ''
    expect(await statusOf(sessions, { authorization: 'Bearer garbage', 'x-api-key': key })).toBe(401)
    expect(await statusOf(`${sessions}&api_key=abk_wrong`, { authorization: token })).toBe(200)
    expect(await statusOf(`${sessions}&key=of-the-piano`, { authorization: token })).toBe(200)
    expect(await statusOf(`${sessions}&key=abk_wrong`, { 'x-api-key': key })).toBe(401)
    expect(await statusOf(sessions, { cookie: `astrbot_dashboard_jwt=garbage`, 'x-api-key': key })).toBe(200)
    const cookie = token.replace('Bearer ', 'astrbot_dashboard_jwt=')
    expect(await statusOf(`${sessions}&key=of-the-piano`, { cookie })).toBe(200)
    expect(await statusOf(sessions, { cookie: `astrbot_dashboard_jwt=${key}` })).toBe(401)
  })

  it('a key is noted as used when it was, and only then', async () => {
    const made = (await server.call('createApiKey', { json: { scopes: ['chat'] } })).data
    const lastUse = async () =>
      (await server.call('listApiKeys')).data.find(key => key.key_id === made.key_id)?.last_used_at
    await statusOf('/api/v1/personas', { 'x-api-key': made.api_key })
    expect(await lastUse()).toBeNull()
    await statusOf(sessions, { 'x-api-key': made.api_key })
    expect(await lastUse()).toMatch(/^\d{4}-\d\d-\d\dT/)
  })
})

describe('tokens', () => {
  const codeOf = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await server.call('listApiKeys', { as: 'nobody', headers })
    return answer.status === 200 ? 'ok' : answer.error.code
  }

  it('are judged by signature, age and purpose', async () => {
    const secret = server.running.bot.config.get().dashboard.jwt_secret
    const exp = epochSeconds(60)
    const username = 'astrbot'
    // As AstrBot makes them: no version, perhaps no end.
    expect(await codeOf(signToken(secret, { username, exp }))).toBe('ok')
    expect(await codeOf(signToken(secret, { username }))).toBe('ok')
    expect(await codeOf(signToken(secret, { username, exp: epochSeconds(-1) }))).toBe('token_expired')
    expect(await codeOf(signToken('another secret', { username, exp }))).toBe('invalid_token')
    expect(await codeOf(signToken(secret, { exp }))).toBe('invalid_token')
    expect(await codeOf(signToken(secret, { username, exp, nbf: epochSeconds(60) }))).toBe('invalid_token')
    expect(await codeOf(signToken(secret, { username, exp, purpose: 'plugin_page' }))).toBe('invalid_token')
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"username":"astrbot"}').toString('base64url')}.`
    expect(await codeOf(unsigned)).toBe('invalid_token')
  })

  it('end with the password they were issued under', async () => {
    await using other = await TestServer.start()
    const change = {
      password,
      new_password: 'Correct-Horse-10',
      confirm_password: 'Correct-Horse-10',
      new_username: 'newcomer',
    }
    expect((await other.call('updateAuthAccount', { json: change })).message).toBe('Updated account successfully')
    expect((await other.call('listApiKeys')).error.code).toBe('invalid_token')
    expect((await other.call('login', { as: 'nobody', json: login })).status).toBe(401)
    const again = { username: 'newcomer', password: 'Correct-Horse-10' }
    const { data } = await other.call('login', { as: 'nobody', json: again })
    const headers = { authorization: `Bearer ${data.token}` }
    const keys = await other.call('listApiKeys', { as: 'nobody', headers })
    expect(keys.data.map(key => key.created_by)).toEqual(['newcomer', 'newcomer', 'newcomer'])
    // Keys are not the account's password.
    expect((await other.call('listChatSessions', { as: 'key', query: { username: 'me' } })).status).toBe(200)
  })
})

describe('what AstrBot stored', () => {
  it('an account with an MD5 password logs in and is urged to take a new one', async () => {
    const md5 = createHash('md5').update(password).digest('hex')
    await using old = await TestServer.start({ dashboard: { pbkdf2_password: '', password: md5 } })
    const { data } = await old.call('login', { as: 'nobody', json: login })
    expect(data).toMatchObject({ md5_pwd_hint: true, password_upgrade_required: true })
    const name = await old.call('updateAuthAccount', { json: { password, new_username: 'newcomer' } })
    expect(name.error.code).toBe('new_password_required')
    const change = { password, new_password: 'Correct-Horse-10', confirm_password: 'Correct-Horse-10' }
    expect((await old.call('updateAuthAccount', { json: change })).status).toBe(200)
    const stored = JSON.parse((await readFile(join(old.dataDir, 'cmd_config.json'), 'utf8')).slice(1))
    expect(stored.dashboard).toMatchObject({
      password: '',
      pbkdf2_password: expect.stringMatching(/^pbkdf2_sha256\$600000\$/),
      password_storage_upgraded: true,
    })
  })

  it('an account with its full 600 000 rounds logs in', async () => {
    await using old = await TestServer.start({ dashboard: { pbkdf2_password: pbkdf2Hash(password, 600_000) } })
    expect((await old.call('login', { as: 'nobody', json: login })).status).toBe(200)
  })

  it('a key hashed with PBKDF2 works, and is quick from then on', async () => {
    const key = `abk_${'Aa0_'.repeat(10)}xyz`
    const now = Date.now()
    await query(
      server.dataDir,
      `INSERT INTO api_keys (key_id, name, key_hash, hash_kind, key_prefix, scopes, created_by, created_at, updated_at)
       VALUES ('from-astrbot', 'Old', ?, 'pbkdf2', ?, '["chat"]', 'astrbot', ?, ?)`,
      astrBotKeyHash(key),
      key.slice(0, 12),
      now,
      now,
    )
    const use = (secret: string) =>
      server.call('listChatSessions', { as: 'nobody', headers: { 'x-api-key': secret }, query: { username: 'me' } })
    expect((await use(`${key.slice(0, -1)}w`)).status).toBe(401)
    expect((await use(key)).status).toBe(200)
    const [row] = await query(server.dataDir, `SELECT hash_kind, key_hash FROM api_keys WHERE key_id = 'from-astrbot'`)
    expect(row).toEqual({ hash_kind: 'sha256', key_hash: createHash('sha256').update(key).digest('hex') })
    expect((await use(key)).status).toBe(200)
  })
})

describe('guessing', () => {
  it('is slowed down by address, shared by everything that checks a secret, and forgiven in time', async () => {
    await using slow = await TestServer.start({
      env: { ASTRBOT_TEST_MODE: '' },
      // The login of the fixture is the first of four attempts.
      dashboard: { auth_rate_limit: { enable: true, average_interval: 1, max_burst: 4 }, trust_proxy_headers: true },
    })
    const attempt = (address = '192.0.2.1') =>
      slow.call('login', {
        as: 'nobody',
        json: { ...login, password: 'wrong' },
        headers: { 'x-forwarded-for': address },
      })
    const tries = async (address?: string) => [(await attempt(address)).status, (await attempt(address)).status]
    expect(await tries()).toEqual([401, 401])
    expect(await tries()).toEqual([401, 401])
    const refused = await attempt()
    expect(refused).toMatchObject({ status: 429, error: { code: 'rate_limited', retry_after: 1 } })
    expect(refused.headers.get('retry-after')).toBe('1')
    expect((await attempt('192.0.2.2')).status).toBe(401)
    await new Promise(resolve => setTimeout(resolve, 1100))
    expect((await attempt()).status).toBe(401)
    expect((await attempt()).status).toBe(429)
  })

  it('does not believe addresses that strangers write', async () => {
    await using slow = await TestServer.start({
      env: { ASTRBOT_TEST_MODE: '' },
      dashboard: { auth_rate_limit: { enable: true, average_interval: 100, max_burst: 2 } },
    })
    const attempt = (address: string) =>
      slow.call('login', {
        as: 'nobody',
        json: { ...login, password: 'wrong' },
        headers: { 'x-forwarded-for': address },
      })
    expect((await attempt('192.0.2.1')).status).toBe(401)
    expect((await attempt('192.0.2.2')).status).toBe(429)
  })
})

describe('older paths', () => {
  it('lead to the same operations', async () => {
    const answer = await server.fetch('/api/auth/login', post(login))
    expect(answer.status).toBe(200)
    const authorization = { authorization: server.credentials.token['authorization'] ?? '' }
    expect((await server.fetch('/api/auth/setup-status')).status).toBe(200)
    expect((await server.fetch('/api/auth/logout', { method: 'POST' })).status).toBe(200)
    expect((await server.fetch('/api/auth/totp/setup', post({}, authorization))).status).toBe(200)
    expect((await server.fetch('/api/auth/totp/recovery', { method: 'POST', headers: authorization })).status).toBe(200)
    expect((await server.fetch('/api/auth/totp/recovery', { method: 'POST' })).status).toBe(401)
    const setup = { username: 'newcomer', password: 'Correct-Horse-10', confirm_password: 'Correct-Horse-10' }
    expect((await server.fetch('/api/auth/setup', post(setup))).status).toBe(403)
    expect((await server.fetch('/api/auth/setup-authenticated', post(setup, authorization))).status).toBe(409)
    const wrong = await server.fetch('/api/auth/account/edit', post({ password: 'wrong' }, authorization))
    expect(wrong.status).toBe(403)
  })
})

describe('a restart', () => {
  it('keeps keys, tokens, the account and what was revoked', async () => {
    await using lasting = await TestServer.start()
    const revoked = (await lasting.call('createApiKey', { json: { scopes: ['chat'] } })).data
    await lasting.call('revokeApiKey', { params: { key_id: revoked.key_id } })
    const before = (await lasting.call('listApiKeys')).data
    await lasting.restart()
    expect((await lasting.call('listApiKeys')).data).toEqual(before)
    expect((await lasting.call('listChatSessions', { as: 'key', query: { username: 'me' } })).status).toBe(200)
    const headers = { 'x-api-key': revoked.api_key }
    expect((await lasting.call('listChatSessions', { as: 'nobody', headers })).status).toBe(401)
    expect((await lasting.call('login', { as: 'nobody', json: login })).status).toBe(200)
  })
})
