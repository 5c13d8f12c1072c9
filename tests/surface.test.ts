import { request } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allOperations, contractOfToday, infoOf, pathOf } from './support/contract.ts'
import { password } from './support/secrets.ts'
import { TestServer } from './support/server.ts'

// What surrounds the operations: documents, health, headers, languages, unknown paths, origins, sub-paths.

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

describe('documents and health', () => {
  it('serves the contract, with 501 where nothing is built', async () => {
    const answer = await server.fetch('/api/v1/openapi.json')
    expect(answer.headers.get('content-type')).toBe('application/json')
    // Not `toEqual`: it would print the whole document.
    expect(isDeepStrictEqual(await answer.json(), { ...contractOfToday(), servers: [{ url: '/' }] })).toBe(true)
  })

  it('serves a page that loads nothing from elsewhere', async () => {
    const answer = await server.fetch('/api/v1/docs')
    const page = await answer.text()
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'nonce-[\w-]+'/)
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//)
    const script = /src="([^"]+)"/.exec(page)?.[1] ?? ''
    const loaded = await server.fetch(new URL(script, `${server.url}/api/v1/docs`).pathname)
    expect(loaded.status).toBe(200)
    expect((await loaded.text()).length).toBeGreaterThan(100_000)
    expect((await server.fetch('/api/v1/redoc')).headers.get('content-type')).toBe('text/html; charset=utf-8')
  })

  it('says that it lives and is ready', async () => {
    expect(await (await server.fetch('/healthz')).json()).toEqual({ status: 'ok' })
    expect(await (await server.fetch('/readyz')).json()).toEqual({ status: 'ok' })
  })

  it('is not ready once it stops', async () => {
    await using other = await TestServer.start()
    await other.running.bot.stop(0)
    const answer = await other.fetch('/readyz')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ status: 'unavailable', reason: 'shutting down' })
  })
})

describe('headers', () => {
  it.each([
    '/healthz',
    '/readyz',
    '/api/v1/openapi.json',
    '/api/v1/docs',
    '/api/v1/auth/setup-status',
    '/api/v1/api-keys',
    '/nowhere',
  ])('%s is neither sniffed nor framed', async path => {
    const { headers } = await server.fetch(path)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it('a stream carries them too, and is not buffered', async () => {
    const stream = await server.stream('sendChatMessage', { json: { session_id: 's', message: 'hi' } })
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.stringMatching(/^[\w-]{36}$/),
    })
    await stream.rest()
  })

  it('every answer has a request id: the given one when it is harmless', async () => {
    const idOf = async (given: string, path = '/api/v1/api-keys') => {
      const answer = await server.fetch(path, { headers: { 'x-request-id': given } })
      const body = (await answer.json()) as { data?: { request_id?: string } }
      return [answer.headers.get('x-request-id'), body.data?.request_id]
    }
    expect(await idOf('my-id.1')).toEqual(['my-id.1', 'my-id.1'])
    expect(await idOf('my-id.1', '/nowhere')).toEqual(['my-id.1', 'my-id.1'])
    const [made, said] = await idOf('<script>')
    expect(made).toMatch(/^[\w-]{36}$/)
    expect(said).toBe(made)
    expect((await idOf('x'.repeat(129)))[0]).toHaveLength(36)
  })

  it('compresses long answers for whoever takes it', async () => {
    for (let i = 0; i < 20; i++) await server.call('createChatSession')
    // Not `fetch`, which unpacks by itself.
    const raw = (accept: string) =>
      new Promise<{ encoding: string | undefined; bytes: Buffer }>((resolve, reject) => {
        const headers = { ...server.credentials.token, 'accept-encoding': accept }
        request(`${server.url}/api/v1/chat/sessions`, { headers }, async response => {
          const chunks: Buffer[] = []
          for await (const chunk of response) chunks.push(chunk)
          resolve({ encoding: response.headers['content-encoding'], bytes: Buffer.concat(chunks) })
        })
          .on('error', reject)
          .end()
      })
    const plain = await raw('identity')
    const packed = await raw('br, gzip')
    expect(plain.encoding).toBeUndefined()
    expect(packed.encoding).toBe('gzip')
    expect(gunzipSync(packed.bytes).toString()).toBe(plain.bytes.toString())
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 3)
    expect((await raw('gzip;q=0')).encoding).toBeUndefined()
  })

  it('errors speak Chinese on demand', async () => {
    const messageFor = async (language: string) => {
      const answer = await server.fetch('/api/v1/api-keys', { headers: { 'accept-language': language } })
      return ((await answer.json()) as { message: string }).message
    }
    expect(await messageFor('zh-CN,zh;q=0.9')).toMatch(/\p{Script=Han}/u)
    expect(await messageFor('en')).toBe('Missing API key')
    expect(await messageFor('')).toBe('Missing API key')
  })
})

describe('paths', () => {
  it.each([
    '/',
    '/api',
    '/api/v1',
    '/api/v1/nowhere',
    '/api/v1/chat/',
    '/API/V1/chat',
    '/api/v1/chat/sessions/%zz/x/y',
  ])('%s is 404 in the envelope', async path => {
    const answer = await server.fetch(path)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ status: 'error', data: { code: 'not_found' } })
  })

  it('a path without this method is 405 and names those it has', async () => {
    const cases = [
      ['PUT', '/api/v1/chat', 'POST'],
      ['POST', '/api/v1/chat/sessions/s', 'DELETE, GET, PATCH'],
      ['OPTIONS', '/api/v1/api-keys', 'GET, POST'],
      ['PROPFIND', '/api/v1/api-keys', 'GET, POST'],
    ] as const
    for (const [method, path, allowed] of cases) {
      const answer = await server.fetch(path, { method })
      expect(answer.status, `${method} ${path}`).toBe(405)
      expect(answer.headers.get('allow')?.split(', ').sort().join(', ')).toBe(allowed)
      expect(await answer.json()).toMatchObject({ data: { code: 'method_not_allowed' } })
    }
  })

  it('parameters that may hold slashes reach their operation, encoded or not', async () => {
    const slashed = allOperations.filter(id => infoOf(id).slashes !== undefined && infoOf(id).access !== 'public')
    expect(slashed.length).toBeGreaterThan(5)
    for (const id of slashed) {
      const { method, slashes = [] } = infoOf(id)
      const encoded = pathOf(id, Object.fromEntries(slashes.map(name => [name, 'a/b:c'])))
      for (const path of [encoded, encoded.replaceAll('%2F', '/')]) {
        const answer = await server.fetch(path, { method })
        expect(answer.status, `${method} ${path}`).toBe(401)
      }
    }
  })
})

describe('other origins', () => {
  const origin = 'https://app.example'

  it('are told nothing by default', async () => {
    const answer = await server.fetch('/api/v1/auth/setup-status', { headers: { origin } })
    expect([...answer.headers.keys()].filter(name => name.startsWith('access-control-'))).toEqual([])
  })

  it('may call when they are listed: successes, failures and streams', async () => {
    await using open = await TestServer.start({ env: { ASTRBOT_CORS_ORIGINS: `${origin}, https://other.example` } })
    const ask = (path: string, from: string, init: RequestInit = {}) =>
      open.fetch(path, { ...init, headers: { origin: from, ...init.headers } })
    const preflight = await ask('/api/v1/chat', origin, {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key,content-type' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin)
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
    expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('x-api-key')
    const message = post({ username: 'me', message: 'hi' }, open.credentials.key)
    for (const [path, init] of [
      ['/api/v1/auth/setup-status'],
      ['/api/v1/api-keys'],
      ['/nowhere'],
      ['/api/v1/chat', message],
    ] as const) {
      const answer = await ask(path, origin, init)
      await answer.text()
      expect(answer.headers.get('access-control-allow-origin'), path).toBe(origin)
      expect(answer.headers.get('access-control-allow-credentials'), path).toBe('true')
      expect(answer.headers.get('access-control-expose-headers'), path).toContain('X-Request-Id')
    }
    const stranger = await ask('/api/v1/auth/setup-status', 'https://evil.example')
    expect(stranger.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('under a sub-path', () => {
  it('everything works below it, whether the proxy takes it away or not', async () => {
    await using below = await TestServer.start({ env: { ASTRBOT_BASE_PATH: 'bot/' } })
    for (const base of ['/bot', '']) {
      const answer = await below.fetch(`${base}/api/v1/auth/login`, post(login))
      expect(answer.status, base).toBe(200)
      expect(answer.headers.get('set-cookie')).toContain('; Path=/bot;')
      expect((await below.fetch(`${base}/api/auth/login`, post(login))).status).toBe(200)
      expect((await below.fetch(`${base}/healthz`)).status).toBe(200)
      expect((await below.fetch(`${base}/api/v1/docs`)).status).toBe(200)
      expect((await below.fetch(`${base}/api/v1/chat`)).status).toBe(405)
      const document = (await (await below.fetch(`${base}/api/v1/openapi.json`)).json()) as { servers: unknown }
      expect(document.servers).toEqual([{ url: '/bot' }])
      const unknown = await below.fetch(`${base}/api/v1/nowhere`)
      expect(await unknown.json()).toMatchObject({ data: { code: 'not_found' } })
    }
    expect((await below.fetch('/botany/healthz')).status).toBe(404)
  })
})
