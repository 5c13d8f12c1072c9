import { expect, test } from 'vitest'
import type { LlmMessage } from '../providers/model.ts'
import { describeEveryStore } from '../store/every-store.testing.ts'
import { createWorld, type World } from '../world.testing.ts'
import type { ConversationRef, ExportedConversation, HistoryItem } from './index.ts'

const alice = 'webchat:FriendMessage:webchat!alice!1'
const group = 'telegram:GroupMessage:-100'
const all = { filter: {}, includeHistory: true, groupBySession: false }
const turn = (question: string, answer: string): LlmMessage[] => [
  { role: 'user', content: question },
  { role: 'assistant', content: answer },
]

/** What is told of such a turn. */
const told = (question: string, answer: string): HistoryItem[] => [
  { role: 'user', content: question },
  { role: 'assistant', content: [{ type: 'text', text: answer }] },
]

/** A new current conversation of an origin, with one turn. */
async function talk({ conversations, preferences, clock }: World, umo: string, question: string, title?: string) {
  await preferences.delete({ scope: 'umo', scopeId: umo }, 'sel_conv_id')
  clock.advance(1000)
  const { id } = await conversations.current(umo, umo.split(':')[0] ?? '', title)
  await conversations.remember(id, { checkpointId: `turn of ${question}`, messages: turn(question, 'yes') })
  return { cid: id, user_id: umo }
}

describeEveryStore('conversations', stores => {
  const items = async ({ conversations }: World, ref: { cid: string; user_id: string }): Promise<HistoryItem[]> =>
    JSON.parse((await conversations.get(ref)).history)

  test('remember turns and show them with their checkpoints', async () => {
    const world = createWorld(await stores.open())
    const ref = await talk(world, alice, 'first', 'A talk')
    const usage = { checkpointId: 'second', messages: turn('more', 'ok'), tokenUsage: 18 }
    await world.conversations.remember(ref.cid, usage)
    expect(await world.conversations.current(alice, 'webchat')).toMatchObject({ id: ref.cid, personaId: null })
    expect(await world.conversations.get(ref)).toMatchObject({
      cid: ref.cid,
      user_id: alice,
      platform_id: 'webchat',
      title: 'A talk',
      token_usage: 18,
      created_at: Date.UTC(2026, 6, 6, 4, 0, 1) / 1000,
      umo_info: { umo: alice, platform: 'webchat' },
    })
    expect(await items(world, ref)).toEqual([
      ...told('first', 'yes'),
      { role: '_checkpoint', content: { id: 'turn of first' } },
      ...told('more', 'ok'),
      { role: '_checkpoint', content: { id: 'second' } },
    ])
  })

  test('recall whole turns, with checkpoints and without', async () => {
    const world = createWorld(await stores.open())
    const ref = await talk(world, alice, 'x')
    const long = 'word '.repeat(40)
    const history: HistoryItem[] = [1, 2, 3].flatMap(i => [
      { role: 'user', content: `${i}` },
      { role: 'assistant', content: long },
    ])
    await world.conversations.replaceMessages(ref, history)
    await world.conversations.remember(ref.cid, { checkpointId: 'c', messages: turn('4', long) })
    const recalled = async (budget: number) =>
      (await world.conversations.recall(ref.cid, budget)).turns
        .flatMap(turn => turn.messages)
        .filter(m => m.role === 'user')
        .map(m => m.content)
    expect(await recalled(1000)).toEqual(['1', '2', '3', '4'])
    expect(await recalled(130)).toEqual(['3', '4'])
    expect(await recalled(10)).toEqual([])
  })

  test('tell models a summary in place of what it covers, and show everything', async () => {
    const world = createWorld(await stores.open())
    const { conversations } = world
    const ref = await talk(world, alice, 'one')
    await conversations.remember(ref.cid, { checkpointId: 'two', messages: turn('two', 'yes') })
    const [, latest] = (await conversations.recall(ref.cid, 1000)).turns
    const summary = { text: 'they talked', upTo: latest?.lastId ?? 0 }
    await conversations.remember(ref.cid, { checkpointId: 'three', messages: turn('three', 'yes'), summary })
    const questions = async () => {
      const recalled = await conversations.recall(ref.cid, 1000)
      return [recalled.summary?.text, ...recalled.turns.map(({ messages }) => messages[0]?.content)]
    }
    expect(await questions()).toEqual(['they talked', 'three'])
    expect(await items(world, ref)).toHaveLength(9)
    // A turn that is taken back takes the summary along that covers it, and no other.
    await conversations.forgetTurn(alice, 'three')
    expect(await questions()).toEqual(['they talked'])
    await conversations.forgetTurn(alice, 'two')
    expect(await questions()).toEqual([undefined, 'one'])
  })

  test('are not added to when they were emptied or rewritten since the turn began', async () => {
    const world = createWorld(await stores.open())
    const { conversations } = world
    const ref = await talk(world, alice, 'one')
    await conversations.remember(ref.cid, { checkpointId: 'two', messages: turn('two', 'yes'), tokenUsage: 900 })
    const { version } = await conversations.current(alice, 'webchat')
    const late = { checkpointId: 'late', messages: turn('late', 'yes'), tokenUsage: 1000, version }
    await conversations.clear(alice)
    await conversations.remember(ref.cid, late)
    expect(await items(world, ref)).toEqual([])
    expect(await conversations.current(alice, 'webchat')).toMatchObject({ id: ref.cid, tokenUsage: 0 })
    const again = (await conversations.current(alice, 'webchat')).version
    await conversations.replaceMessages(ref, [{ role: 'user', content: 'mine' }])
    await conversations.remember(ref.cid, { ...late, version: again })
    expect(await items(world, ref)).toEqual([{ role: 'user', content: 'mine' }])
    await conversations.remember(ref.cid, { ...late, version: again + 1 })
    expect(await items(world, ref)).toHaveLength(4)
  })

  test('keep turns with pictures of tools and closing words in one piece', async () => {
    const world = createWorld(await stores.open())
    const { conversations } = world
    const ref = await talk(world, alice, 'one')
    const messages: LlmMessage[] = [
      { role: 'user', content: 'draw' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'd', arguments: '' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: 'done' },
      { role: 'user', content: [{ type: 'text', text: "[Image from tool 'd', path='x']" }] },
      { role: 'assistant', content: 'nice' },
      { role: 'user', content: 'Stop output.' },
      { role: 'assistant', content: 'Output stopped.' },
    ]
    await conversations.remember(ref.cid, { checkpointId: 'two', messages })
    expect((await conversations.recall(ref.cid, 1000)).turns).toHaveLength(2)
    await conversations.forgetTurn(alice, 'two')
    expect(await items(world, ref)).toHaveLength(3)
  })

  test('are replaced whole, and messages keep what the model does not read', async () => {
    const world = createWorld(await stores.open())
    const ref = await talk(world, alice, 'x')
    const history: HistoryItem[] = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'audio_url', audio_url: { url: 'u', id: null } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'think', think: 'hm', encrypted: 'secret' },
          { type: 'text', text: 'ok' },
        ],
      },
      { role: '_checkpoint', content: { id: 'kept' } },
      { role: 'user', content: 'open end' },
    ]
    await world.conversations.replaceMessages(ref, history)
    expect(await items(world, ref)).toEqual(history)
    await world.conversations.replaceMessages(ref, [])
    expect(await items(world, ref)).toEqual([])
    const many = Array.from({ length: 1234 }, (_, i): HistoryItem => ({ role: 'user', content: `${i}` }))
    await world.conversations.replaceMessages(ref, many)
    expect(await items(world, ref)).toEqual(many)
    const silent = world.conversations.replaceMessages(ref, [{ role: 'assistant', content: null }])
    await expect(silent).rejects.toMatchObject({ code: 'validation_failed' })
    expect(await items(world, ref)).toHaveLength(1234)
  })

  test('are found by every filter', async () => {
    const world = createWorld(await stores.open())
    const one = await talk(world, alice, 'the needle "x" 100%', 'Ünïcode')
    const two = await talk(world, group, 'hay')
    const three = await talk(world, alice, 'more hay')
    const names = new Map([one, two, three].map(({ cid }, i) => [cid, i + 1]))
    const found = async (filter: object) =>
      (await world.conversations.list({ ...all, filter })).conversations.map(({ cid }) => names.get(cid))
    expect(await found({})).toEqual([3, 2, 1])
    expect(await found({ search: 'NEEDLE "X" 100%' })).toEqual([1])
    expect(await found({ search: '1_0%' })).toEqual([])
    if (stores.dialect === 'sqlite') expect(await found({ search: 'ÜNÏ' })).toEqual([1])
    expect(await found({ search: two.cid })).toEqual([2])
    expect(await found({ search: 'telegram:' })).toEqual([2])
    expect(await found({ platformIds: ['webchat', 'other'] })).toEqual([3, 1])
    expect(await found({ excludedPlatformIds: ['webchat'] })).toEqual([2])
    expect(await found({ messageTypes: ['groupmessage', 'Other'] })).toEqual([2])
    expect(await found({ messageTypes: ['webchat!alice!1'] })).toEqual([])
    expect(await found({ excludedOrigins: ['webchat', 'nothing'] })).toEqual([2])
    expect(await found({ excludedOrigins: [group, 'webchat:FriendMessage:webchat!'] })).toEqual([3, 1])
    expect(await found({ umo: alice, search: 'hay' })).toEqual([3])
    expect(await found({ umo: 'unknown' })).toEqual([])
  })

  test('come in pages of conversations, or of sessions', async () => {
    const world = createWorld(await stores.open())
    const refs: ConversationRef[] = []
    for (const umo of [alice, group, alice, 'qq:FriendMessage:1']) refs.push(await talk(world, umo, 'x'))
    const page = async (query: object) => {
      const { conversations, pagination } = await world.conversations.list({ ...all, includeHistory: false, ...query })
      expect(conversations.some(item => 'history' in item)).toBe(false)
      return [conversations.map(({ cid }) => refs.findIndex(ref => ref.cid === cid)), pagination]
    }
    const pagination = { page: 2, page_size: 3, total: 4, total_pages: 2, grouped_by_session: false }
    expect(await page({ page: 2, page_size: 3 })).toEqual([[0], pagination])
    expect(await page({ page: -1, page_size: 1000 })).toEqual([
      [3, 2, 1, 0],
      { ...pagination, page: 1, page_size: 100, total_pages: 1 },
    ])
    expect(await page({ page: 9e15, page_size: 0 })).toMatchObject([[], { page_size: 20 }])
    expect(await page({ page: 1, page_size: 2, groupBySession: true })).toEqual([
      [3, 2, 0],
      { page: 1, page_size: 2, total: 3, total_pages: 2, grouped_by_session: true },
    ])
    expect(await page({ page: 2, page_size: 2, groupBySession: true })).toMatchObject([[1], {}])
    expect(await page({ filter: { search: 'nothing' } })).toMatchObject([[], { total: 0, total_pages: 1 }])
  })

  test('belong to their origin alone', async () => {
    const world = createWorld(await stores.open())
    const { conversations } = world
    const ref = await talk(world, alice, 'x')
    const foreign = { ...ref, user_id: group }
    const unknown = { ...ref, cid: 'unknown' }
    for (const wrong of [foreign, unknown]) {
      await expect(conversations.get(wrong)).rejects.toMatchObject({ code: 'conversation_not_found' })
      await expect(conversations.update(wrong, { title: 'x' })).rejects.toMatchObject({
        code: 'conversation_not_found',
      })
      await expect(conversations.replaceMessages(wrong, [])).rejects.toMatchObject({ code: 'conversation_not_found' })
      await expect(conversations.export([wrong], [])).rejects.toMatchObject({ code: 'conversation_not_found' })
    }
    await conversations.update(ref, { title: 'Own', persona_id: '[%None]' })
    await conversations.update(ref, {})
    expect(await conversations.get(ref)).toMatchObject({ title: 'Own', persona_id: '[%None]' })
    await conversations.update(ref, { title: '' })
    expect(await conversations.get(ref)).toMatchObject({ title: null, persona_id: '[%None]' })
    const nameless = { ...ref, cid: '' }
    const failed = await conversations.deleteAll([foreign, unknown, nameless, ref, ref])
    expect(failed).toEqual([
      { ref: foreign, reason: 'There is no such conversation for this user' },
      { ref: nameless, reason: 'user_id and cid are needed' },
    ])
    await expect(conversations.get(ref)).rejects.toMatchObject({ code: 'conversation_not_found' })
  })

  test('leave nothing behind', async () => {
    const world = createWorld(await stores.open())
    const { conversations, preferences, store } = world
    const older = await talk(world, alice, 'old')
    const ref = await talk(world, alice, 'new')
    const scope = { scope: 'umo', scopeId: alice }
    await conversations.delete(older)
    expect(await preferences.get(scope, 'sel_conv_id')).toBe(ref.cid)
    await conversations.delete(ref)
    expect(await preferences.get(scope, 'sel_conv_id')).toBeUndefined()
    expect(await store.db.selectFrom('conversation_messages').selectAll().execute()).toEqual([])
    await conversations.remember(ref.cid, { checkpointId: 'late', messages: turn('too', 'late') })
    expect(await store.db.selectFrom('conversation_messages').selectAll().execute()).toEqual([])
    expect((await conversations.current(alice, 'webchat')).id).not.toBe(ref.cid)
    await conversations.forget(alice)
    expect((await preferences.list(scope)).size).toBe(0)
    expect((await conversations.list(all)).pagination.total).toBe(0)
  })

  test('are exported in the order asked for, each once', async () => {
    const world = createWorld(await stores.open())
    const refs: ConversationRef[] = []
    for (let i = 0; i < 25; i++) refs.push(await talk(world, alice, `question ${i}`))
    const [first, second, ...rest] = refs
    if (!first || !second) throw new Error('unreachable')
    const wanted = [...rest, { ...second, user_id: group }, first]
    const exported: ExportedConversation[] = []
    const pieces = await world.conversations.export(wanted, [second.cid, first.cid, 'unknown'])
    for await (const conversation of pieces) exported.push(conversation)
    expect(exported.map(({ cid }) => cid)).toEqual([...rest, first, second].map(({ cid }) => cid))
    expect(exported.at(-1)?.content[0]).toEqual({ role: 'user', content: 'question 1' })
  })

  test('name the bots they can be filtered by', async () => {
    const platform = [{ id: 'tg', type: 'telegram' }, { id: 7 }, 'rubbish']
    const world = createWorld(await stores.open(), { config: { platform } })
    await talk(world, alice, 'x')
    await talk(world, 'gone:FriendMessage:1', 'x')
    expect(await world.conversations.bots()).toEqual([
      { id: 'webchat', type: 'webchat' },
      { id: 'tg', type: 'telegram' },
      { id: 'gone', type: 'unknown' },
    ])
  })
})
