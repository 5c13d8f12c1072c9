import { expect, it } from 'vitest'
import { AstrBotError } from '../errors.ts'
import type { ChatCaller } from './access.ts'
import { type ChatFixture, chatFixture, eventsOf, kinds, say } from './fixture.ts'

const alice: ChatCaller = { username: 'alice', apiKeyId: null }
const umo = 'webchat:FriendMessage:webchat!alice!s1'
const page = { page: 1, pageSize: 100 }

const turn = async ({ chat }: ChatFixture, more: object = {}) =>
  eventsOf(await chat.send(alice, { message: 'hi', sessionId: 's1', streaming: true, ...more }))

async function withPersonas(): Promise<ChatFixture> {
  const fixture = await chatFixture()
  await fixture.personas.create({ persona_id: 'a', system_prompt: 'A', begin_dialogs: ['who?', 'a'] })
  await fixture.personas.create({ persona_id: 'b', system_prompt: 'B', custom_error_message: 'Ask again.' })
  await fixture.personas.create({ persona_id: 'c', system_prompt: 'C' })
  return fixture
}

it('puts the persona before what the model remembers, and never remembers it', async () => {
  await using fixture = await withPersonas()
  fixture.profile.personaId = 'a'
  await turn(fixture)
  await turn(fixture)
  expect(fixture.model.seen[1]).toEqual([
    { role: 'system', content: '# Persona Instructions\n\nA' },
    { role: 'user', content: 'who?' },
    { role: 'assistant', content: 'a' },
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'hello' },
    { role: 'user', content: 'hi' },
  ])
})

it('takes the persona of the session before that of the conversation and of the profile', async () => {
  await using fixture = await withPersonas()
  const system = async (more: object = {}) => {
    await turn(fixture, more)
    const [first] = fixture.model.seen.at(-1) ?? []
    return first?.role === 'system' ? String(first.content).split('\n\n')[1] : undefined
  }
  fixture.profile.personaId = 'c'
  expect(await system()).toBe('C')
  const { id: cid } = await fixture.conversations.current(umo, 'webchat')
  await fixture.conversations.update({ cid, user_id: umo }, { persona_id: 'b' })
  expect(await system()).toBe('B')
  await fixture.sessions.setRule(umo, 'session_service_config', { persona_id: 'a' })
  expect(await system()).toBe('A')
  await fixture.sessions.clearRules(umo, undefined)
  await fixture.conversations.update({ cid, user_id: umo }, { persona_id: '[%None]' })
  expect(await system()).toBeUndefined()
  await fixture.conversations.update({ cid, user_id: umo }, { persona_id: 'deleted' })
  expect(await system()).toContain('chat window')
  expect(await system({ defaultPrompt: false })).toBeUndefined()
})

it('has a prompt of its own for web chat in place of a default persona that nobody edited', async () => {
  await using fixture = await chatFixture()
  await fixture.personas.start()
  const system = async (more: object = {}) => {
    await turn(fixture, more)
    const [first] = fixture.model.seen.at(-1) ?? []
    return first?.role === 'system' ? String(first.content) : undefined
  }
  fixture.profile.personaId = 'default'
  expect(await system()).toContain('chat window')
  expect(await system({ defaultPrompt: false })).toBeUndefined()
  await fixture.sessions.setRule(umo, 'session_service_config', { persona_id: 'default' })
  expect(await system({ defaultPrompt: false })).not.toContain('chat window')
  await fixture.sessions.clearRules(umo, undefined)
  await fixture.personas.update('default', { system_prompt: 'Be a poet.' })
  expect(await system({ defaultPrompt: false })).toContain('Be a poet.')
})

it('makes room for the persona in the context', async () => {
  await using fixture = await withPersonas()
  fixture.profile.personaId = 'a'
  fixture.model.contextTokens = 400
  fixture.model.answers = [() => say('x'.repeat(400))]
  await turn(fixture)
  await turn(fixture)
  expect(fixture.model.seen.at(-1)).toHaveLength(6)
  await fixture.personas.update('a', { system_prompt: 'A'.repeat(800) })
  await turn(fixture)
  expect(fixture.model.seen.at(-1)).toHaveLength(4)
})

it("says the persona's words in place of a failure, not in place of a wrong choice", async () => {
  await using fixture = await withPersonas()
  fixture.profile.personaId = 'b'
  fixture.model.answers = [
    // biome-ignore lint/correctness/useYield: it fails before it says anything
    async function* () {
      throw new AstrBotError('provider_rate_limited', {}, { cause: 'slow down' })
    },
  ]
  const failed = await turn(fixture)
  expect(failed.find(event => event.type === 'error')).toMatchObject({
    code: 'provider_rate_limited',
    data: 'Ask again.',
  })
  const wrong = await turn(fixture, { providerId: 'missing' })
  expect(wrong.find(event => event.type === 'error')).toMatchObject({ data: expect.stringContaining('missing') })
  const { history } = await fixture.chat.sessions.get(alice, 's1', page)
  expect(history[1]?.content).toMatchObject({ message: [{ type: 'plain', text: 'Ask again.' }] })
})

it.each([{ session_enabled: false }, { llm_enabled: false }])('stays silent when a rule says %j', async rule => {
  await using fixture = await chatFixture()
  await fixture.sessions.setRule(umo, 'session_service_config', rule)
  expect(kinds(await turn(fixture))).toBe('session_id user_message_saved end')
  expect(fixture.model.seen).toEqual([])
  const { history, is_running } = await fixture.chat.sessions.get(alice, 's1', page)
  expect([history.length, is_running]).toEqual([1, false])
  await fixture.sessions.setRule(umo, 'session_service_config', { tts_enabled: false })
  expect(kinds(await turn(fixture))).toContain('complete')
})

it('asks the provider of the session, unless it is gone or the turn names another', async () => {
  await using fixture = await chatFixture()
  fixture.providerIds = ['ruled', 'default']
  await fixture.sessions.setRule(umo, 'provider_perf_chat_completion', 'ruled')
  await turn(fixture)
  await turn(fixture, { providerId: 'default' })
  await fixture.sessions.setRule(umo, 'provider_perf_chat_completion', 'gone')
  await turn(fixture)
  expect(fixture.chosen).toEqual(['ruled', 'default', undefined])
})

it('asks the provider of the profile where the session has none that is there', async () => {
  await using fixture = await chatFixture()
  fixture.providerIds = ['ruled', 'profile']
  fixture.profile.providerId = 'profile'
  await turn(fixture, { providerId: '' })
  await fixture.sessions.setRule(umo, 'provider_perf_chat_completion', 'gone')
  await turn(fixture)
  await fixture.sessions.setRule(umo, 'provider_perf_chat_completion', 'ruled')
  await turn(fixture)
  await fixture.sessions.clearRules(umo, undefined)
  fixture.profile.providerId = 'gone'
  await turn(fixture)
  expect(fixture.chosen).toEqual(['profile', 'profile', 'ruled', undefined])
})

it('names sessions after who speaks, and conversations after their session', async () => {
  await using fixture = await chatFixture()
  const all = { filter: {}, includeHistory: false, groupBySession: false }
  await turn(fixture)
  await fixture.chat.sessions.rename(alice, 's1', 'Garden')
  const [conversation] = (await fixture.conversations.list(all)).conversations
  expect(conversation).toMatchObject({ title: 'Garden', token_usage: 13, umo_info: { display_name: 'alice' } })
  await fixture.conversations.delete({ cid: conversation?.cid ?? '', user_id: umo })
  await turn(fixture)
  expect((await fixture.conversations.list(all)).conversations).toMatchObject([{ title: 'Garden' }])
})

it('names conversations after their session, also when two name it at once', async () => {
  await using fixture = await chatFixture()
  const { conversations, chat } = fixture
  await turn(fixture)
  await Promise.all(['Garden', 'Park'].map(name => chat.sessions.rename(alice, 's1', name)))
  const ref = { cid: (await conversations.currentId(umo)) ?? '', user_id: umo }
  const { session } = await chat.sessions.get(alice, 's1', page)
  expect(['Garden', 'Park']).toContain(session?.display_name)
  expect((await conversations.get(ref)).title).toBe(session?.display_name)
})

it('keeps a title that a conversation was given, until it is emptied', async () => {
  await using fixture = await chatFixture()
  const { conversations, chat } = fixture
  await turn(fixture)
  const ref = { cid: (await conversations.currentId(umo)) ?? '', user_id: umo }
  const title = async () => (await conversations.get(ref)).title
  await chat.sessions.rename(alice, 's1', 'Garden')
  await conversations.update(ref, { title: 'Tulips' })
  await chat.sessions.rename(alice, 's1', 'Park')
  expect(await title()).toBe('Tulips')
  const found = await conversations.list({ filter: { search: 'park' }, includeHistory: false, groupBySession: false })
  expect(found.conversations).toMatchObject([{ title: 'Tulips' }])
  await conversations.update(ref, { title: '' })
  expect(await title()).toBe('Park')
  await chat.sessions.rename(alice, 's1', 'Forest')
  expect(await title()).toBe('Forest')
  await chat.sessions.rename(alice, 's1', '')
  expect(await title()).toBe(null)
})

it('forgets everything of a deleted session, and takes it along when a user is renamed', async () => {
  await using fixture = await chatFixture()
  const { chat, sessions, conversations, store } = fixture
  await turn(fixture)
  await sessions.setRule(umo, 'kb_config', { kb_ids: [] })
  await sessions.groups.create('g', [umo])
  await chat.renameUser('alice', 'alicia')
  const renamed = umo.replace('alice', 'alicia')
  expect((await sessions.origins()).umos).toEqual([renamed])
  expect(await sessions.rules(renamed)).toEqual({ kb_config: { kb_ids: [] } })
  expect((await sessions.groups.list())[0]?.umos).toEqual([renamed])
  await chat.sessions.delete({ username: 'alicia', apiKeyId: null }, 's1')
  expect((await sessions.origins()).umos).toEqual([])
  expect((await sessions.groups.list())[0]?.umos).toEqual([])
  expect(await store.db.selectFrom('preferences').select('key').where('scope', '=', 'umo').execute()).toEqual([])
  expect((await conversations.list({ filter: {}, includeHistory: true, groupBySession: false })).pagination.total).toBe(
    0,
  )
})
