import { afterEach, describe, expect, it, vi } from 'vitest'
import { astrBotFail, fail, json, ok, type Reply, serve } from '../../tests/http-server.ts'
import { AbortError, ConnectionError, IdleTimeoutError, ProtocolError, TimeoutError } from '../errors/call-errors.ts'
import type { ClientOptions } from '../options.ts'
import { createHttpClient } from './client.ts'

async function setUp(replies: Reply[], options: Partial<ClientOptions> = {}) {
  const server = await serve(...replies)
  const client = createHttpClient({ baseUrl: server.url, apiKey: 'abk_1', retryDelay: () => 1, ...options })
  return { ...server, client }
}

const configs = '/api/v1/chat/configs'
const session = '/api/v1/chat/sessions/{session_id}'

afterEach(() => vi.restoreAllMocks())

describe('answers', () => {
  it('unwraps data, and takes "success" for ok', async () => {
    await using server = await setUp([ok({ info_list: [] }), json({ status: 'success', message: 'x', data: [1] })])
    expect(await server.client.get(configs)).toEqual({ info_list: [] })
    expect(await server.client.get(configs)).toEqual([1])
  })

  it('throws for an error in an answer with status 200', async () => {
    await using server = await setUp([astrBotFail('Session s not found')])
    const error = await server.client.get(session, { params: { path: { session_id: 's' } } }).catch(error => error)
    expect(error).toMatchObject({
      code: 'session_not_found',
      status: 404,
      httpStatus: 200,
      operation: `GET ${session}`,
    })
  })

  it('throws for a failed status, with the request id', async () => {
    await using server = await setUp([fail(409, 'conflict', 'Busy')])
    const error = await server.client.get(configs).catch(error => error)
    expect(error).toMatchObject({ name: 'ConflictError', requestId: 'req-1', operation: `GET ${configs}` })
  })

  it('says so when the answer is no JSON', async () => {
    const html: Reply = response => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>')
    const cut: Reply = response => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"status":')
    await using server = await setUp([html, cut])
    await expect(server.client.get(configs)).rejects.toThrow(/baseUrl/)
    await expect(server.client.get(configs)).rejects.toBeInstanceOf(ProtocolError)
  })

  it('answers nothing for nothing', async () => {
    await using server = await setUp([response => response.writeHead(204).end()])
    expect(await server.client.get(configs)).toBeUndefined()
  })

  it('answers bytes as a Blob, also those of a stored JSON file, but not an error', async () => {
    const bytes: Reply = response =>
      response.writeHead(200, { 'Content-Type': 'image/png' }).end(Buffer.from([1, 2, 255]))
    const stored = json({ status: 'ok', data: 1 }, 200, { ETag: '"1"' })
    await using server = await setUp([bytes, stored, astrBotFail('File not found'), ok({ attachment_id: 'a' })])
    const content = { params: { path: { attachment_id: 'a' } } }
    const blob = await server.client.get('/api/v1/files/{attachment_id}/content', content)
    expect(blob.type).toBe('image/png')
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(new Uint8Array([1, 2, 255]))
    expect(await (await server.client.get('/api/v1/files/{attachment_id}/content', content)).text()).toBe(
      '{"status":"ok","data":1}',
    )
    await expect(server.client.get('/api/v1/files/{attachment_id}/content', content)).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(await server.client.get('/api/v1/files/{attachment_id}', content)).toEqual({ attachment_id: 'a' })
  })
})

describe('requests', () => {
  it('fills paths, queries, headers and bodies', async () => {
    await using server = await setUp([ok({})], { headers: { 'Accept-Language': 'zh' } })
    const params = { path: { session_id: 'a/b ü' }, query: { username: 'Ada & Co' } }
    await server.client.patch(session, { params, body: { display_name: 'x' }, headers: { 'X-Own': '1' } })
    expect(server.seen[0]).toMatchObject({
      method: 'PATCH',
      url: '/api/v1/chat/sessions/a%2Fb%20%C3%BC?username=Ada%20%26%20Co',
      body: '{"display_name":"x"}',
      headers: {
        authorization: 'Bearer abk_1',
        'content-type': 'application/json',
        'accept-language': 'zh',
        'x-own': '1',
      },
    })
  })

  it('serves under a sub-path, and forgives slashes and /api/v1', async () => {
    await using server = await serve(ok([]))
    for (const base of ['/bot', '/bot/', '/bot/api/v1', '/bot/api/v1/']) {
      await createHttpClient({ baseUrl: server.url + base }).get(configs)
    }
    expect(new Set(server.seen.map(one => one.url))).toEqual(new Set([`/bot${configs}`]))
    expect(server.seen[0]?.headers.authorization).toBeUndefined()
  })

  it.each(['', '.', '..'])('refuses "%s" as a path parameter', async id => {
    await using server = await setUp([ok({})])
    await expect(server.client.delete(session, { params: { path: { session_id: id } } })).rejects.toThrow(TypeError)
    expect(server.seen).toEqual([])
  })

  it('asks for the credential before every attempt', async () => {
    const keys = ['one', 'two']
    const token = vi.fn(async () => keys.shift() ?? '')
    await using server = await setUp([fail(503, 'shutting_down', 'x'), ok(1)], { apiKey: undefined, token })
    await server.client.get(configs)
    expect(server.seen.map(one => one.headers.authorization)).toEqual(['Bearer one', 'Bearer two'])
  })

  it('sends an object with a file as a form', async () => {
    await using server = await setUp([ok({})])
    const file = new File(['content'], 'a.txt', { type: 'text/plain' })
    await server.client.post('/api/v1/plugins/install/upload', { body: { file, ignore_version_check: true } })
    const [seen] = server.seen
    expect(seen?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(seen?.body).toMatch(/name="file"; filename="a.txt"\r\nContent-Type: text\/plain\r\n\r\ncontent/)
    expect(seen?.body).toMatch(/name="ignore_version_check"\r\n\r\ntrue/)
  })

  it('repeats a part for a list of files, and leaves text, bytes and forms as they are', async () => {
    await using server = await setUp([ok({})])
    await server.client.post('/api/v1/skills/batch', { body: { files: [new Blob(['1']), new Blob(['2'])] } })
    expect(server.seen[0]?.body.match(/name="files"/g)).toHaveLength(2)
    for (const body of ['text', new Blob(['blob'], { type: 'image/png' }), new URLSearchParams({ a: '1' })]) {
      await server.client.transport.call('POST', '/anything', { body })
    }
    expect(server.seen.slice(1).map(one => [one.headers['content-type'], one.body])).toEqual([
      ['text/plain;charset=UTF-8', 'text'],
      ['image/png', 'blob'],
      ['application/x-www-form-urlencoded;charset=UTF-8', 'a=1'],
    ])
  })

  it('uses the given fetch', async () => {
    const fetch = vi.fn(async (_: Request) => Response.json({ status: 'ok', message: null, data: 7 }))
    const client = createHttpClient({ baseUrl: 'http://nowhere.test', fetch })
    expect(await client.get(configs)).toBe(7)
    expect(fetch.mock.calls[0]?.[0].url).toBe(`http://nowhere.test${configs}`)
  })
})

describe('time', () => {
  it('gives up waiting for headers', async () => {
    await using server = await setUp([() => {}], { timeout: 30 })
    const error = await server.client.get(configs).catch(error => error)
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ code: 'timeout', operation: `GET ${configs}` })
    expect(server.seen).toHaveLength(1)
  })

  it('gives up on an answer that goes silent, successful or not', async () => {
    const silent =
      (status: number): Reply =>
      response => {
        response.writeHead(status, { 'Content-Type': 'application/json' }).write('{"status"')
      }
    await using server = await setUp([silent(200), silent(400)], { idleTimeout: 30 })
    await expect(server.client.get(configs)).rejects.toBeInstanceOf(IdleTimeoutError)
    await expect(server.client.get(configs)).rejects.toBeInstanceOf(IdleTimeoutError)
  })

  it('lets a slow answer take longer than the idle time in all', async () => {
    const slow: Reply = async response => {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      for (const piece of ['{"status":"ok",', '"message":null,', '"data":', '1', '}']) {
        response.write(piece)
        await new Promise(resolve => setTimeout(resolve, 30))
      }
      response.end()
    }
    await using server = await setUp([slow], { idleTimeout: 100 })
    expect(await server.client.get(configs)).toBe(1)
  })

  it('can be aborted before, while waiting, between attempts and in the middle of the answer', async () => {
    const half: Reply = response => response.writeHead(200, { 'Content-Type': 'application/json' }).write('{')
    await using server = await setUp([() => {}, fail(503, 'x', 'x', {}), half], { retryDelay: () => 10_000 })
    await expect(server.client.get(configs, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(AbortError)
    expect(server.seen).toHaveLength(0)
    for (let stage = 0; stage < 3; stage++) {
      const controller = new AbortController()
      setTimeout(() => controller.abort('reason'), 30)
      const error = await server.client.get(configs, { signal: controller.signal }).catch(error => error)
      expect(error).toBeInstanceOf(AbortError)
      expect(error).toMatchObject({ name: 'AbortError', code: 'aborted', cause: 'reason' })
    }
  })

  it('leaves no listener on the signal of the caller', async () => {
    await using server = await setUp([ok(1), fail(400, 'x', 'x'), ok(1)])
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    for (let count = 0; count < 3; count++) await server.client.get(configs, { signal }).catch(() => {})
    expect(add).toHaveBeenCalledTimes(3)
    expect(remove.mock.calls.length).toBeGreaterThanOrEqual(3)
  })

  it('does not rely on a fetch that heeds signals', async () => {
    const client = createHttpClient({ baseUrl: 'http://nowhere.test', fetch: () => new Promise(() => {}), timeout: 20 })
    await expect(client.get(configs)).rejects.toBeInstanceOf(TimeoutError)
  })
})

describe('connections', () => {
  it('names the server that cannot be reached', async () => {
    const client = createHttpClient({ baseUrl: 'http://127.0.0.1:1', retries: 0 })
    const error = await client.get(configs).catch(error => error)
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({
      message: 'Cannot reach http://127.0.0.1:1',
      code: 'connection_failed',
      operation: `GET ${configs}`,
    })
    expect(error.cause).toBeInstanceOf(TypeError)
  })

  it('says when an answer breaks off', async () => {
    const broken: Reply = response => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' }).write('{')
      setTimeout(() => response.destroy(), 10)
    }
    await using server = await setUp([broken])
    await expect(server.client.get(configs)).rejects.toThrow(/broke off/)
  })
})
