import { type ModelServer, startModelServer } from '@astrbot/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConfigSnapshot } from '../config/index.ts'
import { asking, collect, configWith, testProviders } from './providers.testing.ts'

let server: ModelServer
beforeAll(async () => {
  server = await startModelServer()
})
afterAll(() => server.stop())

const nothing = configWith([], [])

const source = (more = {}) => ({
  id: 's',
  type: 'openai_chat_completion',
  key: ['k'],
  api_base: `${server.url}/v1`,
  ...more,
})
const provider = (id: string, more = {}) => ({
  id,
  provider_source_id: 's',
  model: `model-of-${id}`,
  enable: true,
  ...more,
})

test('without anything there is the demo, which says so', async () => {
  const providers = testProviders(nothing)
  expect(providers.list()).toEqual([{ id: 'demo', kind: 'demo', model: 'demo', origin: 'built-in', isDefault: true }])
  const { text, finish, events } = await collect(providers.chatModel().run(asking('Good morning')))
  expect(text).toMatch(/demo[\s\S]*no model[\s\S]*Good morning[\s\S]*OPENAI_API_KEY/)
  expect(finish?.reason).toBe('stop')
  expect(events.length).toBeGreaterThan(20)
  const chinese = await collect(providers.chatModel({ providerId: 'demo' }).run(asking('早上好', { streaming: false })))
  expect(chinese.text).toMatch(/演示[\s\S]*早上好/)
  expect(chinese.events).toHaveLength(2)
  const reminded = ['hello', '<system_reminder>It is late.</system_reminder>'].map(text => ({
    type: 'text' as const,
    text,
  }))
  const { text: echoed } = await collect(
    providers.chatModel().run({ ...asking(''), messages: [{ role: 'user', content: reminded }] }),
  )
  expect(echoed).toContain('You said: hello\n\n')
})

test('the demo can be stopped', async () => {
  const controller = new AbortController()
  const sleep = async () => controller.abort()
  const run = testProviders(nothing, {
    sleep: async (_ms, signal) => {
      await sleep()
      signal.throwIfAborted()
    },
  })
    .chatModel()
    .run(asking('hi', { signal: controller.signal }))
  await expect(collect(run)).rejects.toThrow('aborted')
})

test('the environment names providers, the first is the default', () => {
  const env = {
    OPENAI_API_KEY: 'k',
    ANTHROPIC_API_KEY: 'k',
    GOOGLE_API_KEY: 'k',
    GEMINI_MODEL: 'gemini-x',
    OLLAMA_HOST: '0.0.0.0',
    OLLAMA_MODEL: 'qwen',
  }
  expect(testProviders(nothing, { env }).list()).toEqual([
    {
      id: 'openai/gpt-6-luna',
      kind: 'openai_chat_completion',
      model: 'gpt-6-luna',
      origin: 'environment',
      isDefault: true,
    },
    {
      id: 'anthropic/claude-sonnet-5-5',
      kind: 'anthropic_chat_completion',
      model: 'claude-sonnet-5-5',
      origin: 'environment',
      isDefault: false,
    },
    {
      id: 'gemini/gemini-x',
      kind: 'googlegenai_chat_completion',
      model: 'gemini-x',
      origin: 'environment',
      isDefault: false,
    },
    { id: 'ollama/qwen', kind: 'openai_chat_completion', model: 'qwen', origin: 'environment', isDefault: false },
  ])
  expect(() => testProviders(nothing, { env }).chatModel({ providerId: 'demo' })).toThrow(
    expect.objectContaining({ code: 'selected_provider_not_found' }),
  )
})

test('a base URL without a key is enough, and a call may name another model', async () => {
  const env = { OPENAI_BASE_URL: `${server.url}/v1/`, OPENAI_MODEL: 'local' }
  const model = testProviders(nothing, { env }).chatModel({ model: 't3d0' })
  expect([model.providerId, model.model]).toEqual(['openai/local', 't3d0'])
  expect((await collect(model.run(asking('hi')))).text).toBe('tok0 tok1 tok2')
  expect(server.seen.at(-1)?.headers.authorization).toBeUndefined()
})

test('stored providers come first; a choice of the configuration counts, if it is there', () => {
  const env = { OPENAI_API_KEY: 'k' }
  const stored = [
    provider('off', { enable: false }),
    provider('voice', { provider_type: 'text_to_speech' }),
    provider('odd', { provider_source_id: 'gone' }),
    provider('a'),
    provider('b', { max_context_tokens: 5000 }),
  ]
  const defaults = (preferred: string) => testProviders(configWith([source()], stored, preferred), { env })
  expect(
    defaults('')
      .list()
      .map(({ id, isDefault }) => [id, isDefault]),
  ).toEqual([
    ['a', true],
    ['b', false],
    ['openai/gpt-6-luna', false],
  ])
  expect(defaults('b').chatModel()).toMatchObject({ providerId: 'b', model: 'model-of-b', contextTokens: 5000 })
  expect(defaults('openai/gpt-6-luna').chatModel().providerId).toBe('openai/gpt-6-luna')
  expect(defaults('off').chatModel().providerId).toBe('a')
  const old = configWith([source()], stored)
  const settings = { ...old.provider_settings, default_provider_id: 'b' }
  expect(testProviders({ ...old, provider_settings: settings }).chatModel().providerId).toBe('b')
})

test('where all are switched off, there is no provider and no demo', () => {
  const providers = testProviders(configWith([source()], [provider('off', { enable: false })]))
  expect(providers.list()).toEqual([])
  expect(() => providers.chatModel()).toThrow(expect.objectContaining({ code: 'no_chat_provider' }))
  expect(() => providers.chatModel({ providerId: 'off' })).toThrow(
    expect.objectContaining({ code: 'selected_provider_not_found', params: { id: 'off' } }),
  )
})

test('a changed configuration works at once', () => {
  let config: ConfigSnapshot = nothing
  const providers = testProviders(nothing, { config: { get: () => config } })
  expect(providers.chatModel().providerId).toBe('demo')
  config = configWith([source()], [provider('new')])
  expect(providers.chatModel().providerId).toBe('new')
})

test('keys take turns, those of the environment included; a refused one makes room for the next', async () => {
  const config = configWith([source({ key: ['one', '$TWO', `\${THREE}`, '$UNSET', ' '] })], [provider('a')])
  const providers = testProviders(config, { env: { TWO: 'two', THREE: 'sk-bad-three' } })
  server.seen.length = 0
  for (let i = 0; i < 3; i++) await collect(providers.chatModel().run(asking('hi')))
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer one',
    'Bearer two',
    'Bearer sk-bad-three',
    'Bearer one',
  ])
})

test('vendors with a fixed address get the key as a bearer', async () => {
  const seen: Request[] = []
  const fetch = async (input: string | URL | Request, init?: RequestInit) => {
    seen.push(new Request(input, init))
    return new Response('{"type":"error","error":{"type":"x","message":"no"}}', { status: 400 })
  }
  const config = configWith([source({ type: 'minimax_token_plan', api_base: 'http://elsewhere' })], [provider('a')])
  await expect(collect(testProviders(config, { fetch }).chatModel().run(asking('hi')))).rejects.toThrow('no')
  expect(seen[0]?.url).toBe('https://api.minimaxi.com/anthropic/v1/messages')
  expect(seen[0]?.headers.get('authorization')).toBe('Bearer k')
})

test('warming up never fails', () => {
  for (const type of ['anthropic_chat_completion', 'googlegenai_chat_completion', 'openai_chat_completion']) {
    testProviders(configWith([source({ type })], [provider('a', { model: '../x' })])).warmUp()
  }
  testProviders(nothing).warmUp()
})
