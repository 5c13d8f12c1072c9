import { describe, expect, it } from 'vitest'
import { ok, type Reply, serve } from '../../tests/http-server.ts'
import { createClient } from '../client.ts'

async function setUp(reply: Reply) {
  const server = await serve(reply)
  const { sessions } = createClient({ baseUrl: server.url, apiKey: 'abk_1', username: 'ada' }).chat
  return { ...server, sessions, urls: () => server.seen.map(one => `${one.method} ${one.url}`) }
}

describe('chat.sessions', () => {
  it('lists a page, also where the server answers a plain array', async () => {
    await using paged = await setUp(ok({ sessions: [1], page: 2, page_size: 1, total: 9 }))
    expect(await paged.sessions.list({ page: 2, pageSize: 1, platformId: 'webchat' })).toMatchObject({ total: 9 })
    expect(paged.urls()).toEqual(['GET /api/v1/chat/sessions?username=ada&page=2&page_size=1&platform_id=webchat'])
    await using plain = await setUp(ok([1, 2]))
    expect(await plain.sessions.list()).toEqual({ sessions: [1, 2], page: 1, page_size: 2, total: 2 })
  })

  it('goes through all of them', async () => {
    await using server = await setUp((response, seen) => {
      const page = Number(new URL(seen.url, 'http://x').searchParams.get('page'))
      return ok({ sessions: [page], page, page_size: 1, total: 3 })(response, seen)
    })
    const found: unknown[] = []
    for await (const session of server.sessions.iterate({ username: 'bob' })) found.push(session)
    expect(found).toEqual([1, 2, 3])
    expect(server.urls()[2]).toBe('GET /api/v1/chat/sessions?username=bob&page=3')
  })

  it('reads, makes, renames and deletes one', async () => {
    await using server = await setUp(ok({}))
    await server.sessions.get('s', { page: 2, pageSize: 10 })
    await server.sessions.create({ platformId: 'webchat' })
    await server.sessions.rename('s', 'Title')
    await server.sessions.delete('s', { username: 'bob' })
    expect(server.urls()).toEqual([
      'GET /api/v1/chat/sessions/s?username=ada&page=2&page_size=10',
      'GET /api/v1/chat/sessions/new?username=ada&platform_id=webchat',
      'PATCH /api/v1/chat/sessions/s?username=ada',
      'DELETE /api/v1/chat/sessions/s?username=bob',
    ])
    expect(server.seen[2]?.body).toBe('{"display_name":"Title"}')
  })
})
