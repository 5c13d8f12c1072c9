import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, messagesOf, storedText, turn } from './support/chat.ts'
import { eventOf, kinds, textOf } from './support/events.ts'
import { type Role, TestServer } from './support/server.ts'

// What people type behind a wake prefix, over HTTP.

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start({ config: { wake_prefix: ['/', '!!'], admins_id: ['astrbot', 'root'] } })
})
afterAll(() => server[Symbol.asyncDispose]())

const say = async (session_id: string, message: string, as: Role = 'key') =>
  textOf(await turn(server, { session_id, message }, as))

const umoOf = (session: string, user = 'alice') => `webchat:FriendMessage:webchat!${user}!${session}`

const asked = () => server.models.seen.length

describe('commands', () => {
  it('answer without the model, and are stored like any message', async () => {
    const before = asked()
    const events = await turn(server, { session_id: 'help', message: '/help' })
    expect(kinds(events)).toBe('session_id user_message_saved plain message_saved end')
    expect(eventOf(events, 'plain')).toMatchObject({ streaming: false, chain_type: null })
    expect(textOf(events)).toMatch(/^AstrBot v\d+\.\d+\.\d+\(WebUI: v\d+\.\d+\.\d+\)\n/)
    for (const name of ['sid', 'name', 'reset', 'stop', 'new', 'stats', 'provider']) {
      expect(textOf(events)).toMatch(new RegExp(`^/${name} - .+`, 'm'))
    }
    const [question, answer] = await messagesOf(server, 'help')
    expect(storedText(question)).toBe('/help')
    expect(storedText(answer)).toBe(textOf(events))
    expect(answer?.llm_checkpoint_id).toBe(question?.llm_checkpoint_id)
    expect(asked()).toBe(before)
  })

  it('need a wake prefix of the profile, and nothing else makes a word one', async () => {
    expect(await say('prefix', '!! sid')).toContain('UMO: 「')
    expect(await say('prefix', 'sid')).toBe('You said: sid')
    expect(await say('prefix', 'stop me if you heard this')).toBe('You said: stop me if you heard this')
    expect(await say('prefix', '/siding')).toBe('You said: siding')
    expect(await say('prefix', '/ sid   now')).toContain('UMO: 「')
  })

  it('/sid tells where one is and who', async () => {
    const lines = (await say('ids', '/sid')).split('\n')
    expect(lines).toContain(`UMO: 「${umoOf('ids')}」`)
    expect(lines).toContain('UID: 「alice」')
    expect(lines).toContain('Bot ID: 「webchat」')
    expect(lines).toContain('Message Type: 「FriendMessage」')
    expect(lines).toContain('Session ID: 「webchat!alice!ids」')
  })

  it('/new begins another conversation, /reset empties the one there is', async () => {
    const heard = async (message: string) => {
      await say('memory', message)
      const body = server.models.seen.at(-1)?.body as { messages: { role: string; content: unknown }[] }
      return JSON.stringify(body.messages)
    }
    await say('memory', 'remember the tulips')
    expect(await heard('what did I say?')).toContain('tulips')
    expect(await say('memory', '/reset')).toBe('✅ The current conversation context has been cleared.')
    expect(await heard('and now?')).not.toContain('tulips')
    expect(await say('memory', '/new')).toMatch(/^✅ Switched to new conversation: [0-9a-f]{4}\.$/)
    expect(await heard('who are you?')).not.toContain('and now?')
    expect(await say('empty', '/reset')).toBe('✅ The current conversation context has been cleared.')
  })

  it('/stop works while the bot speaks, and waits for nobody', async () => {
    expect(await say('busy', '/stop')).toBe('✅ No running tasks in the current session.')
    const json = { username: 'alice', session_id: 'busy', message: '[[slow 400 25]]' }
    const running = await server.stream('sendChatMessage', { as: 'key', json })
    await running.until(({ event }) => event.type === 'plain')
    expect(await say('busy', '/stop')).toBe('✅ Requested to stop 1 running tasks.')
    const rest = await running.rest()
    expect(kinds(rest)).toMatch(/end$/)
    expect(await say('busy', 'again')).toBe('You said: again')
  })

  it('/reset waits for the turn it stops, so that nothing of it comes back', async () => {
    const json = { username: 'alice', session_id: 'undo', message: 'the violets [[slow 400 25]]' }
    const running = await server.stream('sendChatMessage', { as: 'key', json })
    await running.until(({ event }) => event.type === 'plain')
    expect(await say('undo', '/reset')).toBe('✅ The current conversation context has been cleared.')
    await running.rest()
    await say('undo', 'hello')
    const body = server.models.seen.at(-1)?.body as { messages: unknown[] }
    expect(JSON.stringify(body.messages)).not.toContain('violets')
  })

  it('/stats adds up the tokens of a conversation', async () => {
    expect(await say('tokens', '/stats')).toBe('❌ You are not in a conversation. Use /new to create one.')
    await say('tokens', '/new')
    expect(await say('tokens', '/stats')).toBe('📊 No stats available for this conversation yet.')
    const spent: { input_other: number; input_cached: number; output: number }[] = []
    for (const message of ['one', 'two and three']) {
      const events = await turn(server, { session_id: 'tokens', message })
      spent.push(eventOf(events, 'agent_stats').data.token_usage)
    }
    const sum = (key: 'input_other' | 'input_cached' | 'output') => spent.reduce((all, one) => all + one[key], 0)
    const text = await say('tokens', '/stats')
    const number = (label: string) =>
      Number(new RegExp(`^${label}: +([\\d,]+)$`, 'm').exec(text)?.[1]?.replaceAll(',', ''))
    expect(text).toMatch(/^📊 Conversation Token usage \(ID: .{8}\.\.\.\)\n/)
    expect(number('Output')).toBe(sum('output'))
    expect(number('Input \\(other\\)')).toBe(sum('input_other'))
    expect(number('Total')).toBe(sum('output') + sum('input_other') + sum('input_cached'))
  })

  it('/set and /unset keep values for a chat', async () => {
    const umo = umoOf('values')
    expect(await say('values', '/set city Graz am See')).toBe(`会话 ${umo} 变量 city 存储成功。使用 /unset 移除。`)
    expect(await say('values', '/unset city')).toBe(`会话 ${umo} 变量 city 移除成功。`)
    expect(await say('values', '/unset city')).toBe('没有那个变量名。格式 /unset 变量名。')
    expect(await say('values', '/set city')).toContain('必要参数缺失')
  })

  it('for administrators refuse others in words, and serve the administrator', async () => {
    expect(await say('rights', '/name Home')).toBe(
      '您(ID: alice)的权限不足以使用此指令。通过 /sid 获取 ID 并请管理员添加。',
    )
    const umo = umoOf('office', 'astrbot')
    expect(await say('office', '/name My  office', 'token')).toBe(`UMO name set to: My office\nUMO: ${umo}`)
    expect(await say('office', '/name', 'token')).toBe(
      `Usage: /name <name>\nUMO: ${umo}\nAuto name: astrbot\nAlias: My office`,
    )
    const { data } = await server.call('listActiveUmos')
    expect(data.umo_infos.find(info => info.umo === umo)?.display_name).toBe('My office')
  })

  it('give keys no rights of those they name, without the scope for it', async () => {
    const made = await server.call('createApiKey', { json: { scopes: ['chat', 'chat:admin'] } })
    const name = async (headers: Record<string, string>) => {
      const json = { username: 'root', session_id: `root-${Object.values(headers)[0]}`, message: '/name Root' }
      return textOf(await (await server.stream('sendChatMessage', { as: 'nobody', headers, json })).rest())
    }
    expect(await name({ 'x-api-key': made.data.api_key })).toContain('UMO name set to: Root')
    // A name that only another profile gives rights to is not reserved, and still brings none.
    const { data } = await server.call('createConfigProfile', {
      json: { name: 'Strict', config: { admins_id: ['bob'], wake_prefix: ['#'] } },
    })
    await server.call('upsertConfigRoute', {
      params: { umo: umoOf('bobs', 'bob') },
      json: { config_id: data.conf_id },
    })
    const json = { username: 'bob', session_id: 'bobs', message: '#name Bob' }
    const stream = await server.stream('sendChatMessage', { as: 'key', json })
    expect(textOf(await stream.rest())).toContain('权限不足')
  })

  it('/provider lists the models and chooses one for the chat', async () => {
    const list = await say('models', '/provider', 'token')
    expect(list).toMatch(/^## LLM Providers\n1\. \S+ \(echo\) 👈/)
    const id = /^1\. (\S+)/m.exec(list)?.[1]
    expect(await say('models', '/provider 1', 'token')).toBe(`✅ Successfully switched to ${id}.`)
    expect(await say('models', '/provider 9', 'token')).toBe('❌ Invalid provider index.')
    expect(await say('models', '/provider tts', 'token')).toBe('Please enter the index.')
    expect(await say('models', '/provider what', 'token')).toBe('❌ Invalid parameter.')
  })

  it('/provider marks the model of the profile, unless the chat has its own', async () => {
    const provider = ['one', 'two', 'three'].map(id => ({
      id,
      type: 'openai_chat_completion',
      provider_type: 'chat_completion',
      enable: true,
      key: ['k'],
      api_base: `${server.models.url}/v1`,
      model: 'echo',
    }))
    await using own = await TestServer.start({ config: { provider } })
    const { data } = await own.call('createConfigProfile', {
      json: { config: { agent_runner: { runner_type: 'local', config: { model: { provider_id: 'two' } } } } },
    })
    const { conf_id: config_id } = data
    await own.call('upsertConfigRoute', { params: { umo: umoOf('routed', 'astrbot') }, json: { config_id } })
    const ask = async (message: string, session_id = 'routed') =>
      textOf(await turn(own, { session_id, message }, 'token'))
    expect(await ask('/provider')).toContain('2. two (echo) 👈')
    expect(await ask('/provider', 'elsewhere')).toContain('1. one (echo) 👈')
    await ask('/provider 3')
    expect(await ask('/provider')).toContain('3. three (echo) 👈')
  })

  it('are heard in side threads too', async () => {
    await say('parent', 'hello there')
    const [, bot] = await messagesOf(server, 'parent')
    const thread = await server.call('createChatThread', {
      as: 'key',
      json: { session_id: 'parent', parent_message_id: bot?.id, selected_text: 'said' },
    })
    const { thread_id } = thread.data
    const stream = await server.stream('sendChatThreadMessage', {
      as: 'key',
      params: { thread_id },
      json: { message: '/sid' },
    })
    expect(textOf(await stream.rest())).toContain(`UMO: 「${umoOf(thread_id)}」`)
  })
})

describe('the stages before an answer', () => {
  it('block what the profile forbids, with a word and without the model', async () => {
    await using strict = await TestServer.start({
      config: {
        content_safety: { internal_keywords: { enable: true, extra_keywords: ['forb[i1]dden', '('] } },
        provider_settings: { wake_prefix: 'ai' },
      },
    })
    const ask = (message: string) => turn(strict, { session_id: 's', message })
    const before = strict.models.seen.length
    const blocked = await ask('ai tell me the forb1dden thing')
    expect(kinds(blocked)).toBe('session_id user_message_saved plain message_saved end')
    expect(textOf(blocked)).toContain('has been blocked.')
    expect(textOf(await ask('ai a ( alone'))).toContain('has been blocked.')
    // A web chat does without the prefix of questions, and with it the model does not read it.
    expect(textOf(await ask('hello'))).toBe('You said: hello')
    expect(textOf(await ask('/ai hello'))).toBe('You said: hello')
    expect(strict.models.seen.length).toBeGreaterThan(before)
  })

  it('leave commands out where the profile says so, and models where it asks none', async () => {
    await using quiet = await TestServer.start({
      config: { disable_builtin_commands: true, provider_settings: { enable: true } },
    })
    expect(textOf(await turn(quiet, { message: '/help' }))).toBe('You said: help')
    await using silent = await TestServer.start({ config: { provider_settings: { enable: false } } })
    expect(kinds(await turn(silent, { message: 'hello' }))).toBe('session_id user_message_saved end')
    expect(textOf(await turn(silent, { message: '/help' }))).toContain('AstrBot v')
    await eventually(() => silent.accidents.length === 0)
  })
})
