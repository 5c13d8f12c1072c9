import { describe, expect, it, vi } from 'vitest'
import { fail, hangUp, json, ok, type Reply, serve } from '../../tests/http-server.ts'
import { createHttpClient } from './client.ts'
import { fullJitter, waitBeforeRetry } from './retry.ts'

const configs = '/api/v1/chat/configs'
const limited = (seconds: string): Reply =>
  json({ status: 'error', message: 'slow down' }, 429, { 'Retry-After': seconds })

async function attempts(method: string, replies: Reply[], options: object = {}) {
  await using server = await serve(...replies)
  const client = createHttpClient({ baseUrl: server.url, retryDelay: () => 1, ...options })
  const outcome = await client.transport.call(method, configs, { ...(method === 'POST' && { body: { a: 1 } }) }).then(
    data => ({ data }),
    error => ({ code: error.code as string, status: error.status as number }),
  )
  return { count: server.seen.length, bodies: server.seen.map(one => one.body), ...outcome }
}

describe('retries', () => {
  it.each(['GET', 'PUT', 'DELETE'])('repeats %s after a broken connection and passing failures', async method => {
    expect(await attempts(method, [hangUp, fail(503, 'x', 'x'), ok(1)])).toMatchObject({ count: 3, data: 1 })
    for (const status of [408, 429, 502, 504]) {
      expect(await attempts(method, [fail(status, 'x', 'x'), ok(1)])).toMatchObject({ count: 2, data: 1 })
    }
  })

  it.each([400, 401, 403, 404, 409, 422, 500, 501])('does not repeat after %i', async status => {
    expect(await attempts('GET', [fail(status, 'x', 'x')])).toMatchObject({ count: 1, status })
  })

  it('gives up after two retries, or as many as it is told', async () => {
    expect(await attempts('GET', [fail(503, 'x', 'x')])).toMatchObject({ count: 3, status: 503 })
    expect(await attempts('GET', [hangUp], { retries: 1 })).toMatchObject({ count: 2, code: 'connection_failed' })
    expect(await attempts('GET', [hangUp], { retries: 0 })).toMatchObject({ count: 1 })
  })

  it.each(['POST', 'PATCH'])('repeats %s only when the server turned it away and named a time', async method => {
    expect(await attempts(method, [hangUp])).toMatchObject({ count: 1, code: 'connection_failed' })
    expect(await attempts(method, [fail(503, 'x', 'x')])).toMatchObject({ count: 1, status: 503 })
    expect(await attempts(method, [fail(502, 'x', 'x')])).toMatchObject({ count: 1 })
    expect(await attempts(method, [limited('0'), ok(1)])).toMatchObject({ count: 2, data: 1 })
  })

  it('sends the same body again', async () => {
    expect((await attempts('POST', [limited('0'), ok(1)])).bodies).toEqual(['{"a":1}', '{"a":1}'])
  })

  it('never sends a stream again', async () => {
    await using server = await serve(limited('0'), ok(1))
    const client = createHttpClient({ baseUrl: server.url })
    const body = new Blob(['stream']).stream()
    await expect(client.transport.call('POST', configs, { body })).rejects.toMatchObject({ status: 429 })
    expect(server.seen.map(one => one.body)).toEqual(['stream'])
  })

  it('waits as long as the server says', async () => {
    const start = performance.now()
    await attempts('GET', [limited('0.2'), ok(1)])
    expect(performance.now() - start).toBeGreaterThan(190)
  })

  it('does not wait for more than a minute', async () => {
    expect(await attempts('GET', [limited('61'), ok(1)])).toMatchObject({ count: 1, status: 429 })
  })
})

describe('waitBeforeRetry', () => {
  it('reads a date', () => {
    const date = new Date(Date.now() + 20_000).toUTCString()
    const response = new Response(null, { status: 503, headers: { 'Retry-After': date } })
    expect(waitBeforeRetry('POST', response, 0, () => 1)).toBeGreaterThan(18_000)
  })
})

describe('fullJitter', () => {
  it('stays below a bound that doubles up to 8 s', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    expect([0, 1, 2, 3, 4, 5, 9].map(fullJitter)).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000])
    vi.restoreAllMocks()
  })
})
