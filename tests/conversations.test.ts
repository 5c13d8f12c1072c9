import type { Schemas } from '@astrbot/contract'
import { describe, expect, it } from 'vitest'
import { modelMessages } from './support/model-messages.ts'
import { itRefuses, itSawEveryAnswer, type RefusalOptions } from './support/refusals.ts'
import { narrow, server } from './support/two-servers.ts'

const umoOf = (sessionId: string) => `webchat:FriendMessage:webchat!astrbot!${sessionId}`
const query = { user_id: 'nobody' }
const ref = { user_id: 'nobody', cid: 'no-such-id' }

const examples: RefusalOptions['examples'] = {
  listConversations: [{}],
  getConversationFilterOptions: [{}],
  getConversation: [{ query }],
  updateConversation: [{ query, json: { title: 't', persona_id: 'p', user_id: 'nobody' } }],
  deleteConversation: [{ query }],
  batchDeleteConversations: [{ json: { conversations: [ref] } }],
  replaceConversationMessages: [{ query, json: { history: [{ role: 'user', content: 'x' }], user_id: 'nobody' } }],
  exportConversations: [{ json: { conversations: [ref], conversation_ids: ['x'], format: 'json' } }],
}

// What a message holds depends on its role.
describe('refusals', () =>
  itRefuses({ server: () => server, narrow: () => narrow, examples, untyped: /^body\.(history|messages)\[0\]/ }))

async function talk(sessionId: string, message: string): Promise<Schemas['ConversationListItem']> {
  const stream = await server.stream('sendChatMessage', { json: { session_id: sessionId, message } })
  await stream.rest()
  const [found] = (await server.call('listConversations', { query: { user_id: umoOf(sessionId) } })).data.conversations
  if (!found) throw new Error('a turn left no conversation')
  return found
}

type History = Schemas['HistoryItem'][]

async function historyOf({ cid, user_id }: { cid: string; user_id: string }): Promise<History> {
  const params = { conversation_id: cid }
  return JSON.parse((await server.call('getConversation', { params, query: { user_id } })).data.history)
}

describe('conversations', () => {
  it('hold what was said, with the checkpoints of the chat', async () => {
    const one = await talk('one', 'needle "é"')
    expect(one).toMatchObject({ platform_id: 'webchat', user_id: umoOf('one'), persona_id: null })
    expect(one.token_usage).toBeGreaterThan(0)
    expect(one.umo_info).toMatchObject({ session_id: 'webchat!astrbot!one', display_name: 'astrbot' })
    const history: History = JSON.parse(one.history ?? '')
    expect(history.map(item => item.role)).toEqual(['user', 'assistant', '_checkpoint'])
    const session = (await server.call('getChatSession', { params: { session_id: 'one' } })).data
    expect(history[2]?.content).toEqual({ id: session.history[0]?.llm_checkpoint_id })
    expect(await historyOf(one)).toEqual(history)
  })

  it('are listed by page, filter and session', async () => {
    await talk('two', 'hay')
    const list = async (query: Record<string, string | number>) => {
      const { conversations, pagination } = (await server.call('listConversations', { query })).data
      return [conversations.map(item => item.user_id.split('!').at(-1)).join(' '), pagination.total]
    }
    expect(await list({})).toEqual(['two one', 2])
    expect(await list({ search: 'NEEDLE "É"' })).toEqual(['one', 1])
    expect(await list({ page: 2, page_size: 1, platforms: 'other, webchat' })).toEqual(['one', 2])
    expect(await list({ exclude_platforms: 'webchat' })).toEqual(['', 0])
    expect(await list({ platform_id: 'other' })).toEqual(['', 0])
    expect(await list({ message_types: 'GroupMessage,FriendMessage' })).toEqual(['two one', 2])
    expect(await list({ exclude_ids: `${umoOf('one')},x` })).toEqual(['two', 1])
    expect(await list({ exclude_ids: umoOf('on') })).toEqual(['two one', 2])
    expect(await list({ exclude_ids: 'webchat:FriendMessage' })).toEqual(['', 0])
    expect(await list({ search: 'hay ' })).toEqual(['', 0])
    expect(await list({ group_by_session: 'true', page_size: 1 })).toEqual(['two', 2])
    const short = await server.call('listConversations', { query: { include_history: 'false' } })
    expect(short.data.conversations.map(item => 'history' in item)).toEqual([false, false])
    expect((await server.call('getConversationFilterOptions')).data.bots).toEqual([{ id: 'webchat', type: 'webchat' }])
  })

  it('take the name of their session, and another by themselves', async () => {
    const { cid, user_id } = await talk('one', 'again')
    await server.call('updateChatSession', { params: { session_id: 'one' }, json: { display_name: 'Garden ✓' } })
    const params = { conversation_id: cid }
    const get = async () => (await server.call('getConversation', { params, query: { user_id } })).data
    expect((await get()).title).toBe('Garden ✓')
    const update = (json: object, owner = user_id) =>
      server.call('updateConversation', { params, query: { user_id: owner }, json })
    expect((await update({ title: 'Mine', persona_id: '[%None]' })).status).toBe(200)
    expect((await update({})).status).toBe(200)
    expect((await update({ title: null, persona_id: null })).status).toBe(200)
    expect(await get()).toMatchObject({ title: 'Mine', persona_id: '[%None]', platform_id: 'webchat' })
    const session = await server.call('getChatSession', { params: { session_id: 'one' } })
    expect(session.data.session?.display_name).toBe('Garden ✓')
    expect(await update({ title: 'x' }, umoOf('two'))).toMatchObject({
      status: 404,
      error: { code: 'conversation_not_found' },
    })
    expect((await update({ title: 'theirs', user_id }, umoOf('two'))).status).toBe(200)
    await server.call('updateChatSession', { params: { session_id: 'one' }, json: { display_name: 'Park' } })
    expect((await get()).title).toBe('theirs')
    await update({ title: '' })
    expect((await get()).title).toBe('Park')
  })
})

describe('messages', () => {
  const replace = async (sessionId: string, body: object) => {
    const { cid, user_id } = await talk(sessionId, 'x')
    const call = { params: { conversation_id: cid }, query: { user_id }, json: body }
    return { cid, user_id, answer: await server.call('replaceConversationMessages', call) }
  }

  it('are replaced, and the model goes by the new ones', async () => {
    const history: History = [
      { role: 'user', content: [{ type: 'text', text: 'my name is Ada ✓' }] },
      {
        role: 'assistant',
        content: [
          { type: 'think', think: 'hm' },
          { type: 'text', text: 'hello' },
        ],
      },
      { role: '_checkpoint', content: { id: 'mine' } },
      { role: 'user', content: 'and you?' },
    ]
    const { answer, ...ref } = await replace('three', { messages: history })
    expect(answer.status).toBe(200)
    expect(await historyOf(ref)).toEqual(history)
    await talk('three', 'who am I?')
    expect(JSON.stringify(modelMessages(server))).toContain('my name is Ada ✓')
    expect(await historyOf(ref)).toMatchObject([...history, { role: 'user', content: 'who am I?' }, {}, {}])
    const text = JSON.stringify(history.slice(3))
    expect((await replace('three', { history: text, messages: [] })).answer.status).toBe(200)
    expect(await historyOf(ref)).toEqual(history.slice(3))
  })

  it.each([
    [{}, 'body.history'],
    [{ history: null }, 'body.history'],
    [{ history: '{not json' }, 'body.history'],
    [{ history: '{"role":"user"}' }, 'body.history'],
    [{ messages: '"x"' }, 'body.messages'],
    [{ messages: [{ role: 'clown', content: 'x' }] }, 'body.messages'],
    [{ history: '[{"role":"user","content":7}]' }, 'body.history'],
    [{ history: '[{"role":"user","content":"a\\u0000b"}]' }, 'body.history[0].content'],
    [{ history: `[${'['.repeat(5000)}${']'.repeat(5000)}]` }, 'body.history'],
    [{ history: [{ role: 'assistant' }] }, 'body.history[0].content'],
    [{ history: [{ role: 'tool', content: { id: 'x' } }] }, 'body.history'],
  ])('are refused as %j', async (body, path) => {
    const { answer } = await replace('four', body)
    expect(answer.status).toBe(422)
    expect(answer.error.issues?.[0]?.path.startsWith(path), answer.error.issues?.[0]?.path).toBe(true)
  })
})

describe('an export', () => {
  const download = async (json: object) => {
    const answer = await server.call('exportConversations', { json })
    return { ...answer, type: answer.headers.get('content-type'), name: answer.headers.get('content-disposition') }
  }

  it('is a file, one conversation a line, or as asked for', async () => {
    const [one, two] = [await talk('one', '1'), await talk('two', '2')]
    const conversations = [two, { ...one, user_id: umoOf('two') }]
    const lines = await download({ conversations, conversation_ids: [one.cid, two.cid, 'unknown'] })
    expect(lines.type).toBe('application/jsonl')
    expect(lines.name).toMatch(/^attachment; filename="astrbot_conversations_export_\d{8}_\d{6}\.jsonl"$/)
    expect(lines.headers.get('x-content-type-options')).toBe('nosniff')
    const exported = lines.text.split('\n').map(line => JSON.parse(line) as Schemas['ConversationExport'])
    expect(exported.map(item => item.cid)).toEqual([two.cid, one.cid])
    expect(Object.keys(exported[0] ?? {})).toEqual(
      'cid user_id platform_id title persona_id created_at updated_at content'.split(' '),
    )
    const json = await download({ conversations, format: 'json' })
    expect([json.type, JSON.parse(json.text)]).toEqual(['application/json', exported.slice(0, 1)])
    const markdown = await download({ conversation_ids: [one.cid], format: 'markdown' })
    expect(markdown.type).toBe('text/markdown; charset=utf-8')
    expect(markdown.text).toContain('## user\n\nagain')
  })

  it('of nothing is none', async () => {
    expect(await download({})).toMatchObject({ status: 422, error: { issues: [{ path: 'body.conversations' }] } })
    expect((await download({ conversations: [], conversation_ids: null })).status).toBe(422)
    const unknown = await download({ conversations: [ref] })
    expect(unknown).toMatchObject({ status: 404, error: { code: 'conversation_not_found' } })
  })
})

describe('a deletion', () => {
  it('takes the memory and leaves what is shown', async () => {
    const { cid, user_id } = await talk('two', 'forget me')
    const call = (owner: string) => ({ params: { conversation_id: cid }, query: { user_id: owner } })
    for (const id of ['getConversation', 'deleteConversation'] as const) {
      expect(await server.call(id, call(umoOf('one')))).toMatchObject({
        status: 404,
        error: { code: 'conversation_not_found' },
      })
    }
    expect((await server.call('deleteConversation', call(user_id))).status).toBe(200)
    expect((await server.call('deleteConversation', call(user_id))).status).toBe(200)
    const slashed = { params: { conversation_id: 'a/b' }, query: { user_id } }
    expect((await server.call('deleteConversation', slashed)).status).toBe(200)
    const replaced = { ...call(user_id), json: { messages: [] } }
    expect((await server.call('replaceConversationMessages', replaced)).status).toBe(404)
    const fresh = await talk('two', 'who am I?')
    expect(fresh.cid).not.toBe(cid)
    expect(modelMessages(server).filter(({ role }) => role === 'user')).toHaveLength(1)
    expect((await server.call('getChatSession', { params: { session_id: 'two' } })).data.total).toBeGreaterThan(2)
  })

  it('of several reports what failed', async () => {
    const one = await talk('one', 'x')
    const json = { conversations: [{ ...one, user_id: umoOf('two') }, ref, one] }
    expect((await server.call('batchDeleteConversations', { json })).data).toEqual({
      message: '2 deleted, 1 failed',
      deleted_count: 2,
      failed_count: 1,
      failed_items: [`user_id:${umoOf('two')}, cid:${one.cid} - There is no such conversation for this user`],
    })
  })
})

itSawEveryAnswer(examples)
