import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Tool, type ToolCaller, type ToolContext, toolPictureMark } from '@astrbot/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually, messagesOf, storedText, turn } from './support/chat.ts'
import { eventOf, kinds, type Received, textOf } from './support/events.ts'
import { modelMessages } from './support/model-messages.ts'
import { TestServer } from './support/server.ts'

// The agent over HTTP: what callers see of tools, and what the model is told.

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

/** The calls of the tools below, held up until a test lets them go on. */
let gate = Promise.withResolvers<void>()
const callers: ToolCaller[] = []
const aborted: string[] = []
beforeAll(() => {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  const parameters = { type: 'object', properties: { text: { type: 'string' } } }
  const add = (name: string, execute: Tool['execute']) =>
    server.running.bot.tools.add({ name, description: name, parameters, origin: 'plugin', execute })
  add('echo', async ({ text }, context) => {
    callers.push(context)
    return `echo ${text}`
  })
  add('draw', async () => [{ type: 'image', data: png, mimeType: 'image/png' }])
  add('hold', async (_, context: ToolContext) => {
    context.signal.addEventListener('abort', () => aborted.push(context.runId))
    await gate.promise
    return 'held'
  })
})
beforeEach(() => {
  gate = Promise.withResolvers()
})

/** Frames of tools, and everything else by its kind. */
const frames = (events: Received[]) =>
  events.flatMap(({ event }) =>
    event.type === 'plain' && event.chain_type?.startsWith('tool_call')
      ? [{ kind: event.chain_type, ...JSON.parse(event.data) }]
      : [],
  )

const say = (session_id: string, message: string, more: object = {}, as: 'key' | 'token' = 'key') =>
  turn(server, { session_id, message, ...more }, as)

describe('tools', () => {
  it('are called, shown, stored and remembered', async () => {
    const events = await say('tools', '[[tool echo {"text":"a"} and echo {"text":"b"} then both]]')
    expect(kinds(events)).toBe(
      'session_id user_message_saved run_started agent_stats plain agent_stats complete message_saved end',
    )
    const [a, b, first, second] = frames(events)
    expect([a, b]).toMatchObject([
      { kind: 'tool_call', name: 'echo', args: { text: 'a' } },
      { kind: 'tool_call', name: 'echo', args: { text: 'b' } },
    ])
    expect([first, second]).toMatchObject([
      { kind: 'tool_call_result', id: a.id, result: 'echo a' },
      { kind: 'tool_call_result', id: b.id, result: 'echo b' },
    ])
    expect(textOf(events)).toBe('both')
    const [, bot] = await messagesOf(server, 'tools')
    expect(bot?.content.message).toMatchObject([
      { type: 'tool_call', tool_calls: [{ name: 'echo', args: { text: 'a' }, result: 'echo a' }] },
      { type: 'tool_call', tool_calls: [{ name: 'echo', args: { text: 'b' }, result: 'echo b' }] },
      { type: 'plain', text: 'both' },
    ])
    await say('tools', 'what was that?')
    expect(modelMessages(server).map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'tool',
      'tool',
      'assistant',
      'user',
    ])
  })

  it('that do not exist are told to the model and shown', async () => {
    const [, result] = frames(await say('unknown', '[[tool nothing {} then sorry]]'))
    expect(result.result).toMatch(/^error: Tool nothing not found\. Available tools are: .*echo/)
  })

  it('know who calls, and keep from members what is for admins', async () => {
    callers.length = 0
    const message = '[[tool echo {} then ok]]'
    await say('role-key', message)
    await say('role-token', message, {}, 'token')
    expect(callers.map(({ role, sender }) => [role, sender.id])).toEqual([
      ['member', 'alice'],
      ['admin', 'astrbot'],
    ])
    await server.running.bot.tools.permit('echo', 'admin')
    const [, refused] = frames(await say('role-key-2', message))
    expect(refused.result).toContain("The tool 'echo' requires admin privileges. Your ID: alice.")
    expect(frames(await say('role-token-2', message, {}, 'token'))[1].result).toBe('echo undefined')
    await server.running.bot.tools.permit('echo', 'member')
  })

  it('show pictures to the model, which go with the session', async () => {
    await say('pictures', '[[tool draw {} then nice]]')
    const pictured = modelMessages(server).at(-1)?.content ?? []
    const [mark, picture] = pictured as { text?: string; image_url?: { url: string } }[]
    expect(mark?.text?.startsWith(toolPictureMark)).toBe(true)
    expect(picture?.image_url?.url).toMatch(/^data:image\/png;base64,/)
    const name = /path='([^']+)'/.exec(mark?.text ?? '')?.[1] ?? ''
    const file = () => server.fetch(`/api/v1/files/content?filename=${name}`, { headers: server.credentials.token })
    expect((await file()).status).toBe(200)
    await server.call('deleteChatSession', { as: 'key', params: { session_id: 'pictures' } })
    expect((await file()).status).toBe(404)
  })

  it('of a search leave the pages that the answer cites', async () => {
    const url = 'https://example.org'
    const found = JSON.stringify({ results: [{ index: 'ab12.1', url, title: 'T', snippet: 'S' }] })
    const remove = server.running.bot.tools.add({
      name: 'web_search_test',
      description: 'searches',
      parameters: { type: 'object' },
      origin: 'plugin',
      execute: async () => found,
    })
    const events = await say('cited', '[[tool web_search_test {} then so it is <ref>ab12.1</ref>]]')
    const refs = { used: [{ index: 'ab12.1', url, title: 'T', snippet: 'S' }] }
    expect(eventOf(events, 'message_saved').data.refs).toEqual(refs)
    expect((await messagesOf(server, 'cited'))[1]?.content).toMatchObject({ refs })
    expect(modelMessages(server)[0]?.content).toContain('<ref>')
    remove()
  })

  it('let the bot write into the chat by itself', async () => {
    const args = JSON.stringify({ messages: [{ type: 'plain', text: 'by the way' }] })
    const events = await say('aside', `[[tool send_message_to_user ${args} then done]]`)
    const umo = 'webchat:FriendMessage:webchat!alice!aside'
    expect(frames(events)[1].result).toBe(`Message sent to session ${umo}`)
    const stored = (await messagesOf(server, 'aside')).map(storedText)
    expect(stored).toContain('by the way')
    expect(stored).toContain('done')
    const elsewhere = JSON.stringify({ ...JSON.parse(args), session: 'webchat!bob!other' })
    const [, refused] = frames(await say('aside-2', `[[tool send_message_to_user ${elsewhere} then done]]`))
    expect(refused.result).toMatch(/^error: Permission denied/)
    const inside = JSON.stringify({ messages: [{ type: 'image', url: `${server.url}/healthz` }] })
    const [, guarded] = frames(await say('aside-3', `[[tool send_message_to_user ${inside} then done]]`))
    expect(guarded.result).toMatch(/^error: /)
  })
})

describe('a turn that uses tools', () => {
  const holding = '[[tool hold {} then let go]]'

  it('stops at once', async () => {
    const running = await server.stream('sendChatMessage', {
      as: 'key',
      json: { username: 'alice', session_id: 'stopped', message: holding },
    })
    await running.until(({ event }) => event.type === 'plain' && event.chain_type === 'tool_call')
    const before = aborted.length
    await server.call('stopChatSession', { as: 'key', params: { session_id: 'stopped' } })
    expect(eventOf(await running.rest(), 'end').type).toBe('end')
    expect(aborted.length).toBe(before + 1)
    expect(textOf(await say('stopped', 'and now?'))).toBe('You said: and now?')
    const told = modelMessages(server).filter(({ role }) => role !== 'system')
    expect(told.map(({ role, content }) => `${role}: ${content}`)).toEqual([
      `user: ${holding}`,
      'user: Stop output.',
      'assistant: Output stopped.',
      'user: and now?',
    ])
  })

  it('hears what its user says meanwhile', async () => {
    const open = (message: string) =>
      server.stream('sendChatMessage', { as: 'key', json: { username: 'alice', session_id: 'meanwhile', message } })
    const running = await open(holding)
    await running.until(({ event }) => event.type === 'plain' && event.chain_type === 'tool_call')
    const [one, two] = [await open('hurry up'), await open('please')]
    await eventually(async () => (await messagesOf(server, 'meanwhile')).length === 3)
    // They are heard once they have passed the stages that stand before every answer.
    await new Promise(resolve => setTimeout(resolve, 100))
    gate.resolve()
    const events = await running.rest()
    const result = frames(events).find(({ kind }) => kind === 'tool_call_result')
    expect(result.result).toBe('held')
    const { run_id } = eventOf(running.received, 'run_started').data
    for (const followUp of [one, two]) {
      const captured = await followUp.rest()
      expect(kinds(captured)).toBe('session_id user_message_saved follow_up_captured end')
      expect(eventOf(captured, 'follow_up_captured').data.target_run_id).toBe(run_id)
    }
    const told = modelMessages(server).find(({ role }) => role === 'tool')?.content
    expect(told).toMatch(/^held\n\n\[SYSTEM NOTICE\].*1\. hurry up\n2\. please$/s)
  })

  it('that ends first leaves them to be turns of their own, in order', async () => {
    const open = (message: string) =>
      server.stream('sendChatMessage', { as: 'key', json: { username: 'alice', session_id: 'after', message } })
    const running = await open('[[slow 20 20]]')
    await running.until(({ event }) => event.type === 'plain')
    const later = [await open('one'), await open('two')]
    await running.rest()
    for (const stream of later) expect(kinds(await stream.rest())).toMatch(/run_started.*message_saved end$/)
    const told = modelMessages(server).filter(({ role }) => role === 'user')
    expect(told.map(({ content }) => content)).toEqual(['[[slow 20 20]]', 'one', 'two'])
  })
})

describe('what the model is told', () => {
  const settings = { datetime_system_prompt: true, identifier: true, prompt_prefix: 'Q: {{prompt}}' }

  it('follows the profile', async () => {
    await using other = await TestServer.start({
      config: { provider_settings: settings, timezone: 'Asia/Shanghai' },
    })
    await turn(other, { session_id: 'told', message: 'hello' })
    const body = other.models.seen.at(-1)?.body as { messages: { role: string; content: unknown }[] }
    const [system, user] = body.messages
    expect(system?.content).toMatch(/^Keep people from harm\..*\n\n# Persona Instructions\n\n.*You can call tools\./s)
    expect(user?.content).toEqual([
      { type: 'text', text: 'Q: hello' },
      {
        type: 'text',
        text: expect.stringMatching(
          /^<system_reminder>User ID: alice, Nickname: alice\nCurrent datetime: \d{4}-\d\d-\d\d \d\d:\d\d \(Asia\/Shanghai\), Weekday: \w+day<\/system_reminder>$/,
        ),
      },
    ])
  })

  it('is told to another provider when the first one fails, and pictures in words to one that does not see', async () => {
    await using other = await TestServer.start({
      config: {
        provider_settings: { datetime_system_prompt: false, default_image_caption_provider_id: 'seeing' },
        agent_runner: {
          runner_type: 'local',
          config: { model: { fallback_provider_ids: ['gone', 'second', 'second'] } },
        },
      },
    })
    const source = { id: 's', type: 'openai_chat_completion', key: ['k'], api_base: `${other.models.url}/v1` }
    await other.call('createProviderSource', { json: source })
    const provider = (id: string, model: string, modalities: string[] = []) =>
      other.call('createProvider', { json: { id, provider_source_id: 's', model, modalities, enable: true } })
    await provider('first', 'err404')
    await provider('second', 'echo')
    await provider('seeing', 't2d0')
    await provider('blind', 'echo', ['text', 'tool_use'])
    const events = await turn(other, { session_id: 'fallback', message: 'hi', selected_provider: 'first' })
    expect(textOf(events)).toBe('You said: hi')

    const { files } = other.running.bot
    const path = join(files.spool, 'picture')
    await writeFile(path, Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'))
    const owner = { username: 'astrbot', apiKeyId: null }
    const { attachment_id } = await files.attachments.add({ path, filename: 'a.png', contentType: 'image/png' }, owner)
    const message = [
      { type: 'plain', text: 'what is it?' },
      { type: 'image', attachment_id },
    ]
    await turn(other, { session_id: 'caption', message, selected_provider: 'blind' }, 'token')
    expect(modelMessages(other).at(-1)?.content).toBe('what is it?\n<image_caption>tok0 tok1</image_caption>')
  })

  it('is summarised when it gets long, and shown in full', async () => {
    const compression = { overflow_strategy: 'llm_compress', keep_recent_ratio: 0 }
    await using other = await TestServer.start({
      config: {
        provider_settings: { datetime_system_prompt: false },
        agent_runner: { runner_type: 'local', config: { compression, persona: { safety_mode: false } } },
        provider_sources: [],
        provider: [],
      },
    })
    const source = { id: 's', type: 'openai_chat_completion', key: ['k'], api_base: `${other.models.url}/v1` }
    await other.call('createProviderSource', { json: source })
    await other.call('createProvider', {
      json: { id: 'small', provider_source_id: 's', model: 'echo', max_context_tokens: 1500, enable: true },
    })
    const words = (n: number) => `${n} ${'word '.repeat(240)}`
    for (const n of [1, 2, 3, 4]) {
      const events = await turn(other, { session_id: 'long', message: words(n), selected_provider: 'small' })
      expect(kinds(events)).toMatch(/complete message_saved end$/)
    }
    const summaries = other.models.seen.filter(({ body }) => JSON.stringify(body).includes('<conversation>'))
    expect(summaries.length).toBeGreaterThan(0)
    expect(JSON.stringify(other.models.seen.at(-1)?.body)).toContain('Our previous history conversation summary')
    expect(await messagesOf(other, 'long')).toHaveLength(8)
    const { data } = await other.call('listConversations', { query: { search: '3 word' } })
    const history = JSON.parse(data.conversations[0]?.history ?? '[]') as { role: string }[]
    expect(history.map(({ role }) => role).filter(role => role === '_checkpoint')).toHaveLength(4)
    // Checkpoints that a summary covers go on to be of use.
    const [, first] = await messagesOf(other, 'long')
    const thread = { session_id: 'long', parent_message_id: first?.id, selected_text: 'word' }
    expect((await other.call('createChatThread', { as: 'key', json: thread })).status).toBe(200)
  })
})
