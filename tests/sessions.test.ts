import { describe, expect, it } from 'vitest'
import { kinds } from './support/events.ts'
import { itRefuses, itSawEveryAnswer, type RefusalOptions } from './support/refusals.ts'
import { narrow, server } from './support/two-servers.ts'

const umoOf = (sessionId: string) => `webchat:FriendMessage:webchat!astrbot!${sessionId}`
const umo = umoOf('refused')
const lists = { umos: ['a'], add_umos: ['b'], remove_umos: ['c'] }
const targets = { umo: 'a', umos: ['a'], scope: 'all', group_id: 'g', rule_key: 'kb_config' }
const unknownGroup = { ...targets, umos: [], scope: 'custom_group', group_id: 'none' }
const service = { session_enabled: true, llm_enabled: true, tts_enabled: true, custom_name: 'n', persona_id: 'p' }

const examples: RefusalOptions['examples'] = {
  listSessions: [{}],
  listActiveUmos: [{}],
  listSessionRules: [{}],
  upsertSessionRule: [
    { json: { umo, rule_key: 'session_service_config', rule_value: service } },
    {
      json: { umo, rule_key: 'session_plugin_config', rule_value: { enabled_plugins: ['a'], disabled_plugins: ['b'] } },
    },
    { json: { umo, rule_key: 'kb_config', rule_value: { kb_ids: ['k'], top_k: 3, enable_rerank: true } } },
    { json: { umo, rule_key: 'provider_perf_text_to_speech', rule_value: 'x' } },
  ],
  deleteSessionRules: [{ json: unknownGroup }],
  batchUpdateSessionProvider: [{ json: { ...unknownGroup, provider_id: 'x', provider_type: 'chat_completion' } }],
  batchUpdateSessionService: [
    { json: { ...unknownGroup, tts_enabled: true, llm_enabled: true, session_enabled: true } },
  ],
  listSessionGroups: [{}],
  createSessionGroup: [{ json: { ...lists, name: ' ' } }],
  updateSessionGroup: [{ json: { ...lists, name: 'n' } }],
  deleteSessionGroup: [{}],
}

// A rule that switches itself off is a type of another rule.
describe('refusals', () =>
  itRefuses({ server: () => server, narrow: () => narrow, examples, untyped: /^body\.rule_key$/ }))

const say = async (sessionId: string, message: string) => {
  const stream = await server.stream('sendChatMessage', { json: { session_id: sessionId, message } })
  return stream.rest()
}

describe('sessions', () => {
  it('are known once somebody spoke, under a name, with their state', async () => {
    await say('one', 'hi')
    await say('two', 'hi')
    const page = (await server.call('listSessions', { query: { search: '!ONE' } })).data
    expect(page).toMatchObject({ total: 1, page: 1, page_size: 20, platforms: ['webchat'] })
    expect(page.sessions[0]).toMatchObject({
      umo: umoOf('one'),
      display_name: 'astrbot',
      auto_name: 'astrbot',
      session_enabled: true,
      has_rules: false,
      chat_provider: null,
    })
    expect(page.available_chat_providers).toEqual([{ id: 'openai/echo', name: 'openai/echo', model: 'echo' }])
    const origins = (await server.call('listActiveUmos')).data
    expect(origins.umos).toEqual([umoOf('one'), umoOf('two')])
    expect(origins.umo_infos.map(info => info.umo)).toEqual(origins.umos)
    const second = await server.call('listSessions', { query: { page: 2, page_size: 1, message_type: 'private' } })
    expect(second.data).toMatchObject({ total: 2, page: 2, page_size: 1, sessions: [{ umo: umoOf('two') }] })
    expect((await server.call('listSessions', { query: { message_type: 'group' } })).data.total).toBe(0)
    expect((await server.call('listSessions', { query: { message_type: '' } })).data.total).toBe(2)
    expect((await server.call('listSessions', { query: { message_type: 'crowd' } })).status).toBe(422)
  })
})

describe('rules', () => {
  const set = (rule_key: string, rule_value: unknown, target = umoOf('one')) =>
    server.call('upsertSessionRule', { json: { umo: target, rule_key, rule_value } })

  it('hold for the next message of their session alone', async () => {
    await set('session_service_config', { llm_enabled: false, custom_name: 'Quiet' })
    expect(kinds(await say('one', 'hi'))).toBe('session_id user_message_saved end')
    expect(kinds(await say('two', 'hi'))).toContain('complete')
    await set('provider_perf_chat_completion', 'openai/echo')
    await set('session_plugin_config', { disabled_plugins: ['x'], newer: 1 })
    await set('kb_config', undefined)
    const listed = (await server.call('listSessionRules', { query: { search: 'quiet' } })).data
    expect(listed).toMatchObject({ total: 1, page: 1, page_size: 10, available_personas: [{ name: 'default' }] })
    expect(listed.available_rule_keys).toHaveLength(6)
    expect(listed.rules[0]?.rules).toEqual({
      session_service_config: { llm_enabled: false, custom_name: 'Quiet' },
      session_plugin_config: { disabled_plugins: ['x'], newer: 1 },
      kb_config: null,
      provider_perf_chat_completion: 'openai/echo',
    })
  })

  it('are refused when they are not of their kind', async () => {
    for (const [key, value] of [
      ['no_such_rule', {}],
      ['provider_perf_chat_completion', {}],
      ['session_service_config', 'x'],
      ['session_service_config', { llm_enabled: 'perhaps' }],
      ['kb_config', { kb_ids: 'all' }],
      ['kb_config', { top_k: -1 }],
    ] as const) {
      expect((await set(key, value)).status, `${key} ${JSON.stringify(value)}`).toBe(422)
    }
  })

  it('go one by one or all at once, and leave the conversation alone', async () => {
    const remove = async (json: object) => (await server.call('deleteSessionRules', { json })).data
    const rules = async () => (await server.call('listSessionRules')).data.rules.map(({ rules }) => Object.keys(rules))
    expect(await remove({ umo: umoOf('one'), rule_key: 'kb_config' })).toMatchObject({ umo: umoOf('one') })
    expect(await rules()).toEqual([
      ['session_service_config', 'session_plugin_config', 'provider_perf_chat_completion'],
    ])
    const batch = { umos: [umoOf('one'), umoOf('two')], rule_key: 'session_plugin_config' }
    expect(await remove(batch)).toEqual({ message: '2 sessions changed', success_count: 2 })
    expect(await remove({ scope: 'private' })).toMatchObject({ success_count: 2 })
    expect(await rules()).toEqual([])
    const all = (await server.call('listConversations', { query: { user_id: umoOf('two') } })).data
    await say('two', 'still there?')
    const query = { user_id: umoOf('two') }
    const after = (await server.call('listConversations', { query })).data
    expect(after.conversations.map(({ cid }) => cid)).toEqual(all.conversations.map(({ cid }) => cid))
  })
})

describe('several sessions', () => {
  const failed = async (call: Promise<{ status: number; error: { code: string } }>) => {
    const { status, error } = await call
    return [status, error.code]
  }

  it('change together', async () => {
    const group = (await server.call('createSessionGroup', { json: { name: ' Team ', umos: [umoOf('one')] } })).data
      .group
    expect(group).toMatchObject({ name: 'Team', umo_count: 1, id: expect.stringMatching(/^[0-9a-f]{8}$/) })
    const params = { group_id: group.id }
    const grown = await server.call('updateSessionGroup', { params, json: { add_umos: [umoOf('two')], id: 'x' } })
    expect(grown.data.group).toEqual({ ...group, umos: [umoOf('one'), umoOf('two')], umo_count: 2 })
    expect((await server.call('listSessionGroups')).data.groups).toEqual([grown.data.group])
    const scope = { scope: 'custom_group', group_id: group.id }
    const provider = { ...scope, provider_type: 'chat_completion', provider_id: 'openai/echo' }
    const done = { success_count: 2, failed_count: 0, failed_umos: [] }
    expect((await server.call('batchUpdateSessionProvider', { json: provider })).data).toMatchObject(done)
    const off = { ...scope, tts_enabled: false }
    expect((await server.call('batchUpdateSessionService', { json: off })).data).toMatchObject(done)
    expect((await server.call('listSessions')).data.sessions).toMatchObject([
      { chat_provider: 'openai/echo', tts_enabled: false, llm_enabled: true },
      { chat_provider: 'openai/echo', tts_enabled: false },
    ])
    expect((await server.call('deleteSessionRules', { json: scope })).data).toMatchObject({ success_count: 2 })
    expect((await server.call('deleteSessionGroup', { params })).status).toBe(200)
    for (const id of ['deleteSessionGroup', 'updateSessionGroup'] as const) {
      const json = id === 'updateSessionGroup' ? { json: {} } : {}
      expect(await failed(server.call(id, { params, ...json }))).toEqual([404, 'session_group_not_found'])
    }
  })

  it('must be named, and exist where a scope names them', async () => {
    const provider = { provider_type: 'chat_completion', provider_id: 'openai/echo' }
    for (const [id, more] of [
      ['deleteSessionRules', {}],
      ['batchUpdateSessionProvider', provider],
      ['batchUpdateSessionService', { tts_enabled: true }],
    ] as const) {
      const call = (json: object) => failed(server.call(id, { json: { ...more, ...json } }))
      expect(await call({})).toEqual([422, 'validation_failed'])
      expect(await call({ umos: [], umo: '' })).toEqual([422, 'validation_failed'])
      expect(await call({ scope: 'custom_group' })).toEqual([422, 'validation_failed'])
      expect(await call({ scope: 'custom_group', group_id: 'x' })).toEqual([404, 'session_group_not_found'])
      expect(await call({ scope: 'group' })).toEqual([404, 'session_not_found'])
    }
    const gone = { umo, ...provider, provider_id: 'gone' }
    expect(await failed(server.call('batchUpdateSessionProvider', { json: gone }))).toEqual([404, 'provider_not_found'])
    expect(await failed(server.call('batchUpdateSessionService', { json: { umo } }))).toEqual([
      422,
      'validation_failed',
    ])
  })

  it('leave nothing behind when their chats are deleted', async () => {
    await server.call('batchUpdateSessionService', { json: { umos: [umoOf('one')], tts_enabled: false } })
    const { id } = (await server.call('createSessionGroup', { json: { name: 'g', umos: [umoOf('one')] } })).data.group
    await server.call('deleteChatSession', { params: { session_id: 'one' } })
    expect((await server.call('listActiveUmos')).data.umos).toEqual([umoOf('two')])
    expect((await server.call('listSessionRules')).data.total).toBe(0)
    expect((await server.call('listSessionGroups')).data.groups).toMatchObject([{ id, umos: [] }])
  })
})

itSawEveryAnswer(examples)
