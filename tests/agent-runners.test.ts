import { type AgentServer, startAgentServer } from '@astrbot/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually, messagesOf, storedError, storedText, turn } from './support/chat.ts'
import { eventOf, kinds, textOf } from './support/events.ts'
import { fileForm } from './support/forms.ts'
import { TestServer } from './support/server.ts'

// Profiles whose turns are answered by agents at other places, over HTTP from end to end.

let agents: AgentServer
let server: TestServer
beforeAll(async () => {
  agents = await startAgentServer()
  server = await TestServer.start({ env: { DASHSCOPE_BASE_URL: agents.url } })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await agents.stop()
})
beforeEach(() => {
  agents.seen.length = 0
  agents.ended.length = 0
})

const runners = () => ({
  dify: { dify_api_key: 'k', dify_api_base: `${agents.url}/v1`, variables: { tone: 'kind' }, timeout: 20 },
  coze: { coze_api_key: 'k', bot_id: 'b', coze_api_base: agents.url, timeout: 20 },
  dashscope: { dashscope_api_key: 'k', dashscope_app_id: 'a', timeout: 20 },
  deerflow: { deerflow_api_base: agents.url, timeout: 20 },
})

async function use(runner_type: keyof ReturnType<typeof runners>, more: object = {}): Promise<void> {
  const config = { ...runners()[runner_type], ...more }
  const { status } = await server.call('updateSystemConfig', { json: { agent_runner: { runner_type, config } } })
  expect(status).toBe(200)
}

const lastBody = () => agents.seen.at(-1)?.json as Record<string, unknown>

describe.each(['dify', 'coze', 'dashscope', 'deerflow'] as const)('a profile with the agent runner %s', type => {
  it('streams its answer, goes on with the remote conversation, and begins anew after /reset and /new', async () => {
    await use(type)
    const say = async (message: string, more: object = {}) => turn(server, { session_id: type, message, ...more })
    const asked = server.models.seen.length
    const events = await say('hi there')
    expect(textOf(events)).toBe('echo: hi there')
    expect(kinds(events)).toMatch(/^session_id user_message_saved run_started plain.* complete message_saved end$/)
    expect(eventOf(events, 'agent_stats')).toMatchObject({ data: { token_usage: { input_other: 7, output: 3 } } })
    expect(server.models.seen.length).toBe(asked)
    expect(storedText((await messagesOf(server, type)).at(-1))).toBe('echo: hi there')

    const whole = await say('again', { enable_streaming: false })
    expect(textOf(whole)).toBe('echo: again')
    const named = /dify-conversation|coze-conversation|dashscope-session|thread-\d+/
    const told = () => {
      const { path = '', text = '' } = agents.seen.at(-1) ?? {}
      return named.exec(path + text)?.[0]
    }
    const first = told()
    expect(first).toMatch(named)

    expect(textOf(await say('/reset'))).toBe('✅ The current conversation context has been cleared.')
    await say('anew')
    expect(told()).not.toBe(first)
    if (type === 'deerflow') expect(agents.ended).toEqual([`DELETE /api/langgraph/threads/${first}`])
    expect(textOf(await say('/new'))).toBe('✅ New conversation created.')
  })

  it('tells a failure with its code and cause, and keeps what was said', async () => {
    await use(type)
    const session_id = `${type}-fails`
    const events = await turn(server, { session_id, message: 'fail' })
    expect(eventOf(events, 'error')).toMatchObject({
      code: 'agent_runner_failed',
      cause: expect.stringMatching(/the (app|bot|graph) broke/),
    })
    const stored = (await messagesOf(server, session_id)).at(-1)
    expect([storedText(stored), storedError(stored)]).toEqual(['echo: ', 'agent_runner_failed'])
  })

  it('is told to stop when the turn is stopped', async () => {
    await use(type)
    const session_id = `${type}-stops`
    const json = { username: 'alice', session_id, message: 'slow' }
    const stream = await server.stream('sendChatMessage', { as: 'key', json })
    await stream.until(({ event }) => event.type === 'plain' && event.chain_type === null)
    const { data } = await server.call('stopChatSession', { as: 'key', params: { session_id } })
    expect(data).toMatchObject({ stopped_count: 1 })
    await stream.rest()
    if (type !== 'dashscope') await eventually(() => agents.ended.length === 1)
  })
})

describe('what a remote agent is told', () => {
  it('pictures, and the variables of profile and chat', async () => {
    await use('dify')
    const picture = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    )
    const upload = await server.call('uploadFile', await fileForm('cat.png', new Uint8Array(picture), 'image/png'))
    const attachment_id = String((upload.data as { attachment_id: string }).attachment_id)
    await turn(server, { session_id: 'told', message: '/set lang de' }, 'token')
    const message = [
      { type: 'plain', text: 'what is this?' },
      { type: 'image', attachment_id },
    ]
    expect(textOf(await turn(server, { session_id: 'told', message }, 'token'))).toBe('echo: what is this?')
    expect(lastBody()).toMatchObject({
      inputs: { tone: 'kind', lang: 'de' },
      user: 'webchat:FriendMessage:webchat!astrbot!told',
      files: [{ upload_file_id: 'dify-file' }],
    })
  })
})

describe('a runner that is not usable', () => {
  it('says what is missing, and which key was refused', async () => {
    await use('dify', { dify_api_key: '' })
    const missing = await turn(server, { session_id: 'missing', message: 'hi' })
    expect(eventOf(missing, 'error')).toMatchObject({
      code: 'agent_runner_not_set_up',
      data: 'The agent runner Dify is not set up: dify_api_key is empty',
    })
    expect(textOf(await turn(server, { session_id: 'missing', message: '/reset' }))).toMatch(/has been cleared/)
    await use('dify', { dify_api_key: 'bad-key' })
    const refused = await turn(server, { session_id: 'refused', message: 'hi' })
    expect(eventOf(refused, 'error')).toMatchObject({
      code: 'agent_runner_auth_failed',
      cause: 'HTTP 401: invalid key ***',
    })
  })
})
