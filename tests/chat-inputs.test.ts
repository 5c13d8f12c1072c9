import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagesOf, storedText, turn } from './support/chat.ts'
import { kinds, textOf } from './support/events.ts'
import { modelMessages } from './support/model-messages.ts'
import { TestServer } from './support/server.ts'

// What clients leave out, leave empty or switch off, and what becomes of it.

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

const plain = (text: string) => [{ type: 'plain', text }]
const system = () => String(modelMessages(server).find(({ role }) => role === 'system')?.content)
const listed = async (query: Record<string, string>) => {
  const { data } = await server.call('listChatSessions', { as: 'key', query: { username: 'alice', ...query } })
  return Array.isArray(data) ? data : data.sessions
}

describe('a message', () => {
  it('of blanks is stored and not answered', async () => {
    const before = server.models.seen.length
    expect(kinds(await turn(server, { session_id: 'blank', message: plain('  ') }))).toBe(
      'session_id user_message_saved end',
    )
    expect((await messagesOf(server, 'blank')).map(storedText)).toEqual(['  '])
    expect(server.models.seen).toHaveLength(before)
  })

  it('that only calls the bot makes it ask what is wanted', async () => {
    await turn(server, { session_id: 'call', message: '/' })
    expect(JSON.stringify(modelMessages(server).at(-1))).toContain('without saying anything else')
    expect(storedText((await messagesOf(server, 'call'))[0])).toBe('/')
  })

  it('may draw HTML unless that is switched off', async () => {
    const off = { enable_inline_genui: false }
    for (const [more, draws] of [
      [{}, true],
      [{ flags: off }, false],
      [off, false],
      [{ ...off, flags: { enable_inline_genui: true } }, true],
    ] as const) {
      await turn(server, { session_id: 'html', message: 'draw', ...more })
      expect(system().includes('<html-genui')).toBe(draws)
    }
  })

  it('of a key with a blank session id begins a session', async () => {
    const events = await turn(server, { session_id: ' ', message: 'x' })
    expect(textOf(events)).toBe('You said: x')
    expect(events[0]?.event).toMatchObject({ session_id: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  })
})

describe('an empty platform', () => {
  it('of a new session is webchat', async () => {
    const made = await server.call('createChatSession', { as: 'key', query: { username: 'alice', platform_id: '' } })
    expect(made.data.platform_id).toBe('webchat')
  })

  it('filters nothing', async () => {
    const query = { username: 'alice', platform_id: 'elsewhere' }
    await server.call('createChatSession', { as: 'key', query })
    expect(await listed({ platform_id: '' })).toEqual(await listed({}))
    expect(await listed({ platform_id: 'elsewhere' })).toHaveLength(1)
  })
})

it('an answer told as a whole stands behind the prefix of the profile, a streamed one does not', async () => {
  await using prefixed = await TestServer.start({ config: { platform_settings: { reply_prefix: '> ' } } })
  const whole = { session_id: 'prefix', message: '[[say yes]]', enable_streaming: false }
  expect(textOf(await turn(prefixed, whole))).toBe('> yes')
  expect(textOf(await turn(prefixed, { ...whole, enable_streaming: true }))).toBe('yes')
  expect((await messagesOf(prefixed, 'prefix')).map(storedText)).toEqual(['[[say yes]]', '> yes', '[[say yes]]', 'yes'])
  // The model remembers what it said itself.
  expect(modelMessages(prefixed).filter(({ role }) => role === 'assistant')).toMatchObject([{ content: 'yes' }])
})

it('a project may have a long title', async () => {
  const title = 't'.repeat(400)
  expect((await server.call('createChatProject', { as: 'key', json: { title } })).data.title).toBe(title)
})
