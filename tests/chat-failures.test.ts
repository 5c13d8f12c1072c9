import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagesOf, storedError, storedText, turn } from './support/chat.ts'
import { eventOf, kinds, textOf } from './support/events.ts'
import { TestServer } from './support/server.ts'

// Whatever becomes of the model: the caller hears an `error` with a code, then `end`, and the session goes on.

let server: TestServer
/** The same models, but two seconds of silence are too long, and one provider that nobody answers for. */
let impatient: TestServer
beforeAll(async () => {
  server = await TestServer.start()
  const source = { type: 'openai_chat_completion', provider_type: 'chat_completion', key: ['sk-test'] }
  impatient = await TestServer.start({
    config: {
      provider_sources: [
        { ...source, id: 'quick', api_base: `${server.models.url}/v1`, timeout: 2 },
        { ...source, id: 'dead', api_base: `http://127.0.0.1:${await deadPort()}/v1`, timeout: 2 },
        { ...source, id: 'strict', api_base: `${server.models.url}/v1`, key: ['sk-bad-0123456789abcdef'] },
      ],
      provider: ['quick', 'dead', 'strict'].map(id => ({ id, provider_source_id: id, model: 'echo', enable: true })),
    },
  })
})
afterAll(async () => {
  await impatient[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

/** A port that was free a moment ago. */
function deadPort(): Promise<number> {
  return new Promise(resolve => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 1))
    })
  })
}

interface Case {
  what: string
  message: string
  code: string
  /** The code when the answer is to come as a whole: nothing of it had come. */
  whole?: string
  /** What the model said before it failed. */
  said?: string
  more?: Record<string, unknown>
  at?: () => TestServer
}

const cases: Case[] = [
  { what: 'refuses the key', message: '[[fail 401]]', code: 'provider_auth_failed' },
  { what: 'forbids', message: '[[fail 403]]', code: 'provider_auth_failed' },
  { what: 'limits requests, again and again', message: '[[fail 429]]', code: 'provider_rate_limited' },
  { what: 'limits requests for an hour', message: '[[fail 429 retry-after 3600]]', code: 'provider_rate_limited' },
  { what: 'breaks, again and again', message: '[[fail 500]]', code: 'provider_failed' },
  { what: 'does not know the model', message: '[[fail 404]]', code: 'provider_failed' },
  { what: 'finds the conversation too long', message: '[[fail ctx]]', code: 'context_too_long' },
  { what: 'says nothing', message: '[[empty]]', code: 'provider_empty_answer' },
  {
    what: 'dies in the middle',
    message: '[[die 3]]',
    code: 'provider_failed',
    whole: 'provider_unreachable',
    said: 'w0 w1 w2',
  },
  { what: 'talks rubbish in the middle', message: '[[rubbish 2]]', code: 'provider_failed', said: 'w0 w1' },
  { what: 'falls silent at once', message: '[[stall 0]]', code: 'provider_timeout', at: () => impatient },
  {
    what: 'falls silent in the middle',
    message: '[[stall 2]]',
    code: 'provider_timeout',
    said: 'w0 w1',
    at: () => impatient,
  },
  {
    what: 'cannot be reached',
    message: 'hi',
    code: 'provider_unreachable',
    more: { selected_provider: 'dead' },
    at: () => impatient,
  },
  {
    what: 'refuses the key of its provider',
    message: 'hi',
    code: 'provider_auth_failed',
    more: { selected_provider: 'strict' },
    at: () => impatient,
  },
  {
    what: 'is none that exists',
    message: 'hi',
    code: 'selected_provider_not_found',
    more: { selected_provider: 'none' },
  },
]

describe('a model that', () => {
  it.concurrent.each(cases)(
    '$what ($message): $code',
    async ({ what, message, code, whole = code, said = '', more, at }) => {
      const asked = at?.() ?? server
      for (const enable_streaming of [true, false]) {
        const session_id = `${what} ${enable_streaming}`
        const events = await turn(asked, { session_id, message, enable_streaming, ...more })
        expect(kinds(events), `streaming: ${enable_streaming}`).toMatch(/message_saved error end$/)
        const error = eventOf(events, 'error')
        const wanted = enable_streaming ? code : whole
        expect(error.code).toBe(wanted)
        expect(error.data).not.toBe('')
        expect(JSON.stringify(events)).not.toMatch(/sk-(test|bad)-?\w/)
        if (enable_streaming) expect(textOf(events)).toBe(said)

        const [, bot] = await messagesOf(asked, session_id)
        expect(storedError(bot)).toBe(wanted)
        expect(storedText(bot)).toBe(enable_streaming && said !== '' ? said : error.data)
        expect(textOf(await turn(asked, { session_id, message: 'and now?' }))).toBe('You said: and now?')
      }
    },
  )

  it('stumbles twice is asked again, and the caller hears nothing of it', async () => {
    const events = await turn(server, { message: 'hi', selected_model: 'err500x2' })
    expect(kinds(events)).toMatch(/plain agent_stats complete message_saved end$/)
    expect(textOf(events)).toBe('You said: hi')
    const tries = server.models.seen.filter(({ body }) => body['model'] === 'err500x2')
    expect(tries).toHaveLength(3)
  })

  it('tells why in the vendor’s words, without the key', async () => {
    const events = await turn(impatient, { message: 'hi', selected_provider: 'strict' })
    const { cause } = eventOf(events, 'error')
    expect(cause).toContain('Incorrect API key provided')
    expect(cause).not.toContain('0123456789abcdef')
  })
})

describe('without any provider', () => {
  it('the built-in demo answers, and says that it is one', async () => {
    await using bare = await TestServer.start({ env: { OPENAI_API_KEY: '', OPENAI_BASE_URL: '' } })
    const events = await turn(bare, { message: 'Hello there' })
    expect(kinds(events)).toMatch(/complete message_saved end$/)
    expect(textOf(events)).toMatch(/demo/i)
    expect(textOf(events)).toContain('Hello there')
  })
})
