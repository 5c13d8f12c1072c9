import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagesOf, turn } from './support/chat.ts'
import { eventOf } from './support/events.ts'
import { bodies } from './support/examples.ts'
import { type Role, TestServer } from './support/server.ts'

// Sessions belong to a user, and what a key makes belongs to that key: nobody sees what is another's.

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

const onSession = ['getChatSession', 'updateChatSession', 'stopChatSession', 'deleteChatSession'] as const

/** Someone who calls, perhaps naming a user. */
interface Who {
  as: Role
  username?: string
}

const outcomes = async ({ as, username }: Who, session_id: string) => {
  const query = username === undefined ? {} : { username }
  const statuses = []
  for (const id of onSession) {
    const json = bodies[id]
    statuses.push((await server.call(id, { as, params: { session_id }, query, ...(json && { json }) })).status)
  }
  return statuses
}
const listed = async ({ as, username = 'alice' }: Who) => {
  const { data } = await server.call('listChatSessions', { as, query: as === 'token' ? {} : { username } })
  return (Array.isArray(data) ? data : data.sessions).map(session => session.session_id)
}

describe('a session of a key’s user', () => {
  const strangers: [string, Who][] = [
    ['another key', { as: 'otherKey' }],
    ['another key in the same user’s name', { as: 'otherKey', username: 'alice' }],
    ['the same key in another user’s name', { as: 'key', username: 'bob' }],
    ['the dashboard', { as: 'token' }],
    ['the dashboard in the user’s name', { as: 'token', username: 'alice' }],
  ]
  const owners: [string, Who][] = [
    ['the key in the user’s name', { as: 'key', username: 'alice' }],
    ['the key itself', { as: 'key' }],
  ]

  it.each(strangers)('is closed to %s', async (_, who) => {
    const session_id = eventOf(await turn(server, { message: 'secret' }), 'session_id').session_id
    expect(await outcomes(who, session_id)).toEqual([403, 403, 403, 403])
    const { data } = await server.call('batchDeleteChatSessions', {
      as: who.as,
      query: who.username === undefined ? {} : { username: who.username },
      json: { session_ids: [session_id] },
    })
    expect(data).toMatchObject({ deleted_count: 0, failed_items: [{ session_id, reason: 'permission denied' }] })
    expect(await listed(who)).not.toContain(session_id)
    const json = { session_id, message: 'let me in', ...(who.as !== 'token' && { username: who.username ?? 'alice' }) }
    const answer = await server.call('sendChatMessage', { as: who.as, json })
    expect(answer.status).toBe(403)
    expect(['session_of_another_user', 'permission_denied']).toContain(answer.error.code)
    expect(await messagesOf(server, session_id)).toHaveLength(2)
  })

  it.each(owners)('is open to %s', async (_, who) => {
    const session_id = eventOf(await turn(server, { message: 'mine' }), 'session_id').session_id
    expect(await listed(who)).toContain(session_id)
    expect(await outcomes(who, session_id)).toEqual([200, 200, 200, 200])
    expect(await listed(who)).not.toContain(session_id)
  })
})

describe('a session of the dashboard', () => {
  it('is closed to keys, whomever they name', async () => {
    const { session_id } = (await server.call('createChatSession')).data
    for (const who of [{ as: 'key' }, { as: 'key', username: 'astrbot' }, { as: 'key', username: 'alice' }] as const) {
      expect(await outcomes(who, session_id)).toEqual([403, 403, 403, 403])
    }
    expect(await outcomes({ as: 'token' }, session_id)).toEqual([200, 200, 200, 200])
  })

  it('a key may not speak as an administrator, unless it holds `chat:admin`', async () => {
    const json = { username: 'astrbot', message: 'I am root' }
    expect((await server.call('sendChatMessage', { as: 'key', json })).error.code).toBe('username_reserved')
    expect((await server.call('listChatSessions', { as: 'key', query: { username: 'astrbot' } })).error.code).toBe(
      'username_reserved',
    )
    const strong = (await server.call('createApiKey', { json: { scopes: ['chat', 'chat:admin'] } })).data
    const headers = { 'x-api-key': strong.api_key }
    const stream = await server.stream('sendChatMessage', { as: 'nobody', headers, json })
    expect((await stream.rest()).at(-1)?.event.type).toBe('end')
    // It has the administrator's name now, not the dashboard's sessions.
    const { session_id } = (await server.call('createChatSession')).data
    const query = { username: 'astrbot' }
    const answer = await server.call('getChatSession', { as: 'nobody', headers, params: { session_id }, query })
    expect(answer.status).toBe(403)
  })
})

describe('lists', () => {
  it('a key lists by user, the latest activity first, in pages', async () => {
    const ids: string[] = []
    for (let i = 0; i < 5; i++) {
      ids.push(
        (await server.call('createChatSession', { as: 'otherKey', query: { username: 'carol' } })).data.session_id,
      )
      await new Promise(resolve => setTimeout(resolve, 2))
    }
    const carol = { as: 'otherKey', username: 'carol' } as const
    expect(await listed(carol)).toEqual(ids.toReversed())
    const [oldest = ''] = ids
    await server.call('updateChatSession', {
      as: 'otherKey',
      params: { session_id: oldest },
      json: { display_name: 'Old' },
    })
    expect((await listed(carol))[0]).toBe(oldest)
    const query = { username: 'carol', page: 2, page_size: 2 }
    const { data } = await server.call('listChatSessions', { as: 'otherKey', query })
    expect(data).toMatchObject({ page: 2, page_size: 2, total: 5 })
    expect(Array.isArray(data) ? 0 : data.sessions.length).toBe(2)
    expect(await listed({ as: 'key', username: 'carol' })).toEqual([])
  })

  it('a session that a key makes for itself belongs to the key', async () => {
    const { session_id } = (await server.call('createChatSession', { as: 'key' })).data
    const { data } = await server.call('getChatSession', { as: 'key', params: { session_id } })
    expect(data.session?.creator).toBe(`api_key:${server.keys.key.key_id}`)
    expect((await server.call('getChatSession', { as: 'otherKey', params: { session_id } })).status).toBe(403)
  })

  it('a session keeps what it is called, and its pages of messages', async () => {
    const params = { session_id: 'paged' }
    for (let i = 0; i < 3; i++) await turn(server, { ...params, message: `question ${i}` })
    await server.call('updateChatSession', { as: 'key', params, json: { display_name: 'Title' } })
    const page = async (query: Record<string, number>) =>
      (await server.call('getChatSession', { as: 'key', params, query })).data
    const first = await page({ page_size: 4 })
    expect(first).toMatchObject({ session: { display_name: 'Title' }, total: 6, page: 1, page_size: 4, has_more: true })
    const second = await page({ page: 2, page_size: 4 })
    expect(second).toMatchObject({ has_more: false })
    const numbers = [...second.history, ...first.history].map(message => message.id)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    expect(numbers).toHaveLength(6)
    expect((await page({ page: 3, page_size: 4 })).history).toEqual([])
  })
})

describe('the owner', () => {
  it('takes sessions along under a new name', async () => {
    await using other = await TestServer.start()
    await turn(other, { session_id: 'before', message: 'hi' }, 'token')
    const json = { password: 'Correct-Horse-9', new_username: 'newcomer' }
    expect((await other.call('updateAuthAccount', { json })).status).toBe(200)
    const { data } = await other.call('getChatSession', { params: { session_id: 'before' } })
    expect(data.session?.creator).toBe('newcomer')
    expect(data.total).toBe(2)
  })
})
