import { expect, test } from 'vitest'
import { describeEveryStore } from '../store/every-store.testing.ts'
import { createWorld, type World } from '../world.testing.ts'

const person = 'webchat:FriendMessage:webchat!alice!1'
const group = 'tg:GroupMessage:-100'
const other = 'tg:FriendMessage:7'

/** Three known sessions: two with a conversation, one with a name alone. */
async function populate(world: World): Promise<World> {
  await world.conversations.current(person, 'webchat')
  await world.conversations.current(group, 'tg')
  await world.origins.noteSpeaker(group, '7', 'Gardeners')
  await world.origins.noteSpeaker(other, '7', 'Ünal')
  return world
}

describeEveryStore('sessions', stores => {
  test('are listed in order, with their state and names, by every filter', async () => {
    const world = await populate(createWorld(await stores.open(), { providers: ['p1'] }))
    const { sessions } = world
    await sessions.setRule(group, 'session_service_config', { llm_enabled: false, custom_name: 'Weeds 100%' })
    await sessions.setRule(group, 'provider_perf_chat_completion', 'p1')
    const page = await sessions.list({}, {})
    expect(page).toMatchObject({ total: 3, page: 1, page_size: 20, platforms: ['tg', 'webchat'] })
    expect(page.available_chat_providers).toEqual([{ id: 'p1', name: 'p1', model: 'model of p1' }])
    expect(page.sessions.map(session => session.umo)).toEqual([other, group, person])
    expect(page.sessions[1]).toEqual({
      umo: group,
      platform: 'tg',
      message_type: 'GroupMessage',
      session_id: '-100',
      auto_name: 'Gardeners',
      user_alias: '',
      display_name: 'Gardeners',
      creator_sender_id: '7',
      custom_name: 'Weeds 100%',
      session_enabled: true,
      llm_enabled: false,
      tts_enabled: true,
      has_rules: true,
      chat_provider: 'p1',
      tts_provider: null,
      stt_provider: null,
    })
    const found = async (filter: object) => (await sessions.list(filter, {})).sessions.map(session => session.umo)
    expect(await found({ search: 'WEEDS 100%' })).toEqual([group])
    expect(await found({ search: 'weeds _' })).toEqual([])
    expect(await found({ search: 'custom_name' })).toEqual([])
    expect(await found({ search: 'garden' })).toEqual([group])
    if (stores.dialect === 'sqlite') expect(await found({ search: 'ünal' })).toEqual([other])
    expect(await found({ kind: 'private' })).toEqual([other, person])
    expect(await found({ kind: 'group', platform: 'tg' })).toEqual([group])
    expect(await found({ platform: 't' })).toEqual([])
    expect(await sessions.list({ search: 'alice' }, { page: 2, page_size: 1 })).toMatchObject({
      sessions: [],
      total: 1,
      page: 2,
      page_size: 1,
      platforms: ['webchat'],
    })
    expect(await sessions.origins()).toMatchObject({ umos: [other, group, person], umo_infos: [{}, {}, {}] })
  })

  test('keep their rules by kind until they are deleted', async () => {
    const { sessions, conversations, personas } = await populate(createWorld(await stores.open()))
    await personas.create({ persona_id: 'poet', system_prompt: 'rhyme' })
    await sessions.setRule(person, 'kb_config', { kb_ids: [], top_k: 3 })
    await sessions.setRule(person, 'session_plugin_config', { disabled_plugins: ['x'] })
    await sessions.setRule(person, 'session_plugin_config', null)
    await sessions.setRule('nobody', 'provider_perf_chat_completion', 'gone')
    const page = await sessions.listRules({}, {})
    expect(page).toMatchObject({
      total: 2,
      page_size: 10,
      available_personas: [{ name: 'poet', prompt: 'rhyme' }],
      available_plugins: [],
      available_kbs: [],
    })
    expect(page.available_rule_keys).toHaveLength(6)
    expect(page.rules.map(({ umo, rules }) => [umo, rules])).toEqual([
      ['nobody', { provider_perf_chat_completion: 'gone' }],
      [person, { session_plugin_config: null, kb_config: { kb_ids: [], top_k: 3 } }],
    ])
    expect((await sessions.listRules({ search: 'ALICE' }, {})).total).toBe(1)
    const { id } = await conversations.current(person, 'webchat')
    await sessions.clearRules(person, 'kb_config')
    expect(Object.keys(await sessions.rules(person))).toEqual(['session_plugin_config'])
    await sessions.clearRules(person, undefined)
    expect(await sessions.rules(person)).toEqual({})
    expect((await conversations.current(person, 'webchat')).id).toBe(id)
  })

  test('survive rules that somebody else wrote', async () => {
    const { sessions, preferences } = await populate(createWorld(await stores.open()))
    const scope = { scope: 'umo', scopeId: person }
    await preferences.set(scope, 'session_service_config', 'rubbish')
    await preferences.set(scope, 'provider_perf_chat_completion', 7)
    expect((await sessions.list({ search: 'alice' }, {})).sessions[0]).toMatchObject({
      has_rules: true,
      llm_enabled: true,
      chat_provider: null,
    })
  })

  test('change together: switches are merged, providers must exist', async () => {
    const provider = [
      { id: 'tts', provider_type: 'text_to_speech', enable: true, model: 'm' },
      { id: 'stt', provider_source_id: 's' },
      { id: 'told by its type', type: 'openai_whisper_api' },
      { id: 'off', provider_type: 'text_to_speech', enable: false },
    ]
    const config = { provider, provider_sources: [{ id: 's', provider_type: 'speech_to_text' }] }
    const { sessions } = await populate(createWorld(await stores.open(), { providers: ['p1'], config }))
    const service = async (umo: string) => (await sessions.rules(umo)).session_service_config
    await sessions.setRule(person, 'session_service_config', { llm_enabled: true, custom_name: 'n' })
    const umos = [person, other, person]
    expect(await sessions.setSwitches({ umos }, { llm_enabled: false, tts_enabled: null })).toEqual({
      succeeded: 2,
      failed: [],
    })
    expect([await service(person), await service(other)]).toEqual([
      { llm_enabled: false, custom_name: 'n' },
      { llm_enabled: false },
    ])
    expect(await sessions.setProvider({ scope: 'all' }, 'chat_completion', 'p1')).toMatchObject({ succeeded: 3 })
    expect(await sessions.setProvider({ umo: group }, 'text_to_speech', 'tts')).toMatchObject({ succeeded: 1 })
    expect(await sessions.rules(group)).toEqual({
      provider_perf_chat_completion: 'p1',
      provider_perf_text_to_speech: 'tts',
    })
    expect((await sessions.listRules({}, {})).available_stt_providers).toEqual([
      { id: 'stt', name: 'stt', model: null },
      { id: 'told by its type', name: 'told by its type', model: null },
    ])
    for (const [type, id] of [
      ['chat_completion', 'tts'],
      ['text_to_speech', 'p1'],
      ['text_to_speech', 'off'],
    ] as const) {
      await expect(sessions.setProvider({ umo: group }, type, id)).rejects.toMatchObject({ code: 'provider_not_found' })
    }
    expect(await sessions.deleteRules({ umos: [person, 'unknown'] }, undefined)).toEqual({ succeeded: 2, failed: [] })
    expect(await sessions.rules(person)).toEqual({})
  })

  test('are found by the target of a change', async () => {
    const { sessions } = await populate(createWorld(await stores.open()))
    const { id } = await sessions.groups.create('g', [other])
    const empty = await sessions.groups.create('e', [])
    const changed = async (targets: object) => {
      const { succeeded } = await sessions.setSwitches(targets, { tts_enabled: false })
      const { rules } = await sessions.listRules({}, {})
      await sessions.deleteRules({ umos: [person, group, other] }, undefined)
      expect(rules).toHaveLength(succeeded)
      return rules.map(({ umo }) => umo)
    }
    expect(await changed({ scope: 'all' })).toEqual([other, group, person])
    expect(await changed({ scope: 'group', umo: person, umos: [] })).toEqual([group])
    expect(await changed({ scope: 'private', umos: null })).toEqual([other, person])
    expect(await changed({ scope: 'custom_group', group_id: id })).toEqual([other])
    expect(await changed({ scope: 'selected', umos: [group] })).toEqual([group])
    expect(await changed({ umo: person })).toEqual([person])
    for (const [code, targets] of [
      ['validation_failed', {}],
      ['validation_failed', { umos: [] }],
      ['validation_failed', { scope: 'selected', umo: person }],
      ['validation_failed', { scope: 'custom_group' }],
      ['session_group_not_found', { scope: 'custom_group', group_id: 'none' }],
      ['session_not_found', { scope: 'custom_group', group_id: empty.id }],
    ] as const) {
      await expect(sessions.setSwitches(targets, { tts_enabled: true })).rejects.toMatchObject({ code })
    }
    const nothing = sessions.setSwitches({ umo: person }, { tts_enabled: null })
    await expect(nothing).rejects.toMatchObject({ code: 'validation_failed' })
  })

  test('are forgotten with everything that was kept of them', async () => {
    const world = await populate(createWorld(await stores.open()))
    const { sessions, preferences, conversations } = world
    await sessions.setRule(group, 'kb_config', { kb_ids: [] })
    await preferences.set({ scope: 'umo', scopeId: group }, 'session_variables', { a: 'b' })
    await sessions.groups.create('g', [group, other])
    await conversations.forget(group)
    await sessions.forget(group)
    expect((await preferences.list({ scope: 'umo', scopeId: group })).size).toBe(0)
    expect((await sessions.origins()).umos).toEqual([other, person])
    expect((await sessions.groups.list())[0]?.umos).toEqual([other])
  })
})
