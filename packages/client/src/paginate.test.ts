import { describe, expect, it } from 'vitest'
import { ok, type Reply, serve } from '../tests/http-server.ts'
import { createHttpClient } from './http/client.ts'

/** Numbers as a list of the given shape, paged by what the request asks for. */
function pages(total: number, shape: (items: number[], paging: object) => unknown): Reply {
  return (response, seen) => {
    const query = new URL(seen.url, 'http://x').searchParams
    const page = Number(query.get('page'))
    const size = Math.min(Number(query.get('page_size') ?? 4), 5)
    const items = Array.from({ length: total }, (_, at) => at).slice((page - 1) * size, page * size)
    return ok(shape(items, { page, page_size: size, total }))(response, seen)
  }
}

async function collect(path: '/api/v1/chat/sessions' | '/api/v1/conversations', reply: Reply, query: object = {}) {
  await using server = await serve(reply)
  const client = createHttpClient({ baseUrl: server.url })
  const items: unknown[] = []
  for await (const item of client.paginate(path, { params: { query } })) items.push(item)
  return { items, requests: server.seen.length }
}

describe('paginate', () => {
  it('goes through all pages and no further', async () => {
    const reply = pages(8, (sessions, paging) => ({ sessions, ...paging }))
    expect(await collect('/api/v1/chat/sessions', reply)).toEqual({ items: [0, 1, 2, 3, 4, 5, 6, 7], requests: 2 })
  })

  it('goes by the page size that the server really uses', async () => {
    const reply = pages(11, (sessions, paging) => ({ sessions, ...paging }))
    expect((await collect('/api/v1/chat/sessions', reply, { page_size: 100 })).requests).toBe(3)
  })

  it('begins where it is told', async () => {
    const reply = pages(8, (sessions, paging) => ({ sessions, ...paging }))
    expect((await collect('/api/v1/chat/sessions', reply, { page: 2 })).items).toEqual([4, 5, 6, 7])
  })

  it('understands a separate paging object', async () => {
    const reply = pages(6, (conversations, pagination) => ({ conversations, pagination }))
    expect((await collect('/api/v1/conversations', reply)).items).toHaveLength(6)
  })

  it('takes a plain array, and an object without paging, as the only page', async () => {
    expect(await collect('/api/v1/chat/sessions', ok([1, 2]))).toEqual({ items: [1, 2], requests: 1 })
    expect(await collect('/api/v1/chat/sessions', ok({ sessions: [1, 2] }))).toEqual({ items: [1, 2], requests: 1 })
  })

  it('stops at an empty page and when the loop is left', async () => {
    const lying = ok({ sessions: [], page: 1, page_size: 4, total: 100 })
    expect((await collect('/api/v1/chat/sessions', lying)).requests).toBe(1)
    await using server = await serve(pages(100, (sessions, paging) => ({ sessions, ...paging })))
    for await (const _ of createHttpClient({ baseUrl: server.url }).paginate('/api/v1/chat/sessions')) break
    expect(server.seen).toHaveLength(1)
  })
})
