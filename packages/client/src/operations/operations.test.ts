import { describe, expect, it } from 'vitest'
import { fail, json, ok, serve, stream } from '../../tests/http-server.ts'
import { operationTable } from '../generated/operations.ts'
import { createHttpClient } from '../http/client.ts'
import { raw } from '../raw.ts'
import { safe } from '../safe.ts'
import { streamEvents } from '../sse/stream.ts'
import { operations } from './index.ts'

const log = { type: 'log', level: 'INFO', time: 1, data: 'x' }

describe('operations', () => {
  it('calls by name', async () => {
    await using server = await serve(ok({ history: [] }))
    const api = operations(createHttpClient({ baseUrl: server.url, apiKey: 'abk_1' }))
    expect(await api.getChatSession({ path: { session_id: 's' }, query: { username: 'ada', page: 2 } })).toEqual({
      history: [],
    })
    await api.stopChatSession({ path: { session_id: 's' } })
    expect(server.seen.map(one => `${one.method} ${one.url}`)).toEqual([
      'GET /api/v1/chat/sessions/s?username=ada&page=2',
      'POST /api/v1/chat/sessions/s/stop',
    ])
  })

  it('has every operation of the contract', () => {
    const api = operations(createHttpClient({ baseUrl: '' }))
    expect(Object.keys(api)).toEqual(Object.keys(operationTable))
    expect(Object.keys(api).length).toBeGreaterThan(300)
  })

  it('names the missing scope where the server does not', async () => {
    await using server = await serve(json({ status: 'error', message: 'Insufficient API key scope' }, 403))
    const api = operations(createHttpClient({ baseUrl: server.url }))
    await expect(api.listBots()).rejects.toMatchObject({ name: 'PermissionError', requiredScope: 'bot' })
  })

  it('follows streams, by name and by path', async () => {
    await using server = await serve(stream({ events: [log, log] }))
    const client = createHttpClient({ baseUrl: server.url })
    const found: unknown[] = []
    for await (const event of await operations(client).streamLiveLogs()) found.push(event)
    for await (const event of streamEvents(client, 'GET /api/v1/logs/live')) found.push(event)
    expect(found).toEqual([log, log, log, log])
  })

  it('closes the connection when a loop over events is left', async () => {
    let closed = false
    await using server = await serve((response, seen) => {
      response.on('close', () => {
        closed = true
      })
      return stream({ events: [log, log], last: 'stall' })(response, seen)
    })
    for await (const _ of streamEvents(createHttpClient({ baseUrl: server.url }), 'GET /api/v1/logs/live')) break
    await expect.poll(() => closed).toBe(true)
  })
})

describe('raw', () => {
  it('answers envelope, error and response, with credentials and retries', async () => {
    await using server = await serve(fail(503, 'x', 'x'), ok(1), fail(404, 'session_not_found', 'x'))
    const client = raw(createHttpClient({ baseUrl: server.url, apiKey: 'abk_1', retryDelay: () => 1 }))
    const { data, response } = await client.GET('/api/v1/chat/configs')
    expect(data).toEqual({ status: 'ok', message: null, data: 1 })
    expect(response.status).toBe(200)
    expect(server.seen.map(one => one.headers.authorization)).toEqual(['Bearer abk_1', 'Bearer abk_1'])
    const missing = await client.GET('/api/v1/chat/configs')
    expect(missing.error).toMatchObject({ data: { code: 'session_not_found' } })
  })

  it('sends the same body again', async () => {
    await using server = await serve(json({}, 429, { 'Retry-After': '0' }), ok({}))
    const client = raw(createHttpClient({ baseUrl: server.url }))
    await client.POST('/api/v1/chat/sessions/batch-delete', { body: { session_ids: ['a'] } })
    expect(server.seen.map(one => one.body)).toEqual(['{"session_ids":["a"]}', '{"session_ids":["a"]}'])
  })
})

describe('safe', () => {
  it('answers a result, and throws what is not of this package', async () => {
    await using server = await serve(ok(1), fail(404, 'x', 'x'))
    const client = createHttpClient({ baseUrl: server.url })
    expect(await safe(client.get('/api/v1/chat/configs'))).toEqual({ ok: true, data: 1 })
    expect(await safe(client.get('/api/v1/chat/configs'))).toMatchObject({ ok: false, error: { status: 404 } })
    await expect(safe(Promise.reject(new Error('other')))).rejects.toThrow('other')
  })
})
