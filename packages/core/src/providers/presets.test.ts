import { type ModelServer, startModelServer } from '@astrbot/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { providerForm } from '../config/index.ts'
import type { JsonObject } from '../json.ts'
import { adapterCapability } from './adapters.ts'
import { asking, collect, configWith, testProviders } from './providers.testing.ts'

// Every template that the form offers: filled with a key, it reaches its vendor's real address in that vendor's manner.

let server: ModelServer
let asked: { url: string; headers: Headers }[]
beforeAll(async () => {
  server = await startModelServer()
})
beforeEach(() => {
  asked = []
})
afterAll(() => server.stop())

/** The scripted model server in the place of every vendor. */
const everywhere: typeof fetch = (input, init) => {
  const url = new URL(String(input))
  asked.push({ url: url.href, headers: new Headers(init?.headers) })
  return fetch(server.url + url.pathname + url.search, init)
}

const templates = providerForm('en').form['config_template'] as Record<string, JsonObject>

/** Where a message goes, by the template, and the header that has the key. */
const presets: [template: string, url: string, keyHeader: string, settings?: JsonObject][] = [
  ['OpenAI Compatible', 'https://api.openai.com/v1/chat/completions', 'authorization'],
  ['OpenAI Responses', 'https://api.openai.com/v1/responses', 'authorization'],
  ['xAI', 'https://api.x.ai/v1/responses', 'authorization'],
  ['DeepSeek Responses', 'https://api.deepseek.com/v1/responses', 'authorization'],
  [
    'Google Gemini',
    'https://generativelanguage.googleapis.com/v1beta/models/echo:streamGenerateContent?alt=sse',
    'x-goog-api-key',
  ],
  ['Anthropic', 'https://api.anthropic.com/v1/messages', 'x-api-key'],
  ['Kimi Coding Plan', 'https://api.kimi.com/coding/v1/messages', 'x-api-key'],
  ['MiniMax Token Plan', 'https://api.minimaxi.com/anthropic/v1/messages', 'authorization', { api_base: 'ignored' }],
  ['Xiaomi Token Plan', 'https://token-plan-cn.xiaomimimo.com/anthropic/v1/messages', 'authorization'],
  ['Moonshot', 'https://api.moonshot.cn/v1/chat/completions', 'authorization'],
  ['MiniMax', 'https://api.minimaxi.com/v1/chat/completions', 'authorization'],
  ['Xiaomi', 'https://api.xiaomimimo.com/v1/chat/completions', 'authorization'],
  ['DeepSeek', 'https://api.deepseek.com/v1/chat/completions', 'authorization'],
  ['Zhipu', 'https://open.bigmodel.cn/api/paas/v4/chat/completions', 'authorization'],
  ['LongCat', 'https://api.longcat.chat/openai/v1/chat/completions', 'authorization'],
  ['AIHubMix', 'https://aihubmix.com/v1/chat/completions', 'authorization'],
  ['MiraRouter', 'https://api.mirarouter.com/v1/chat/completions', 'authorization'],
  ['OpenRouter', 'https://openrouter.ai/api/v1/chat/completions', 'authorization'],
  ['SSYCloud(胜算云)', 'https://router.shengsuanyun.com/api/v1/chat/completions', 'authorization'],
  ['NVIDIA', 'https://integrate.api.nvidia.com/v1/chat/completions', 'authorization'],
  [
    'Azure OpenAI',
    'https://me.openai.azure.com/openai/deployments/echo/chat/completions?api-version=2024-05-01-preview',
    'api-key',
    { api_base: 'https://me.openai.azure.com' },
  ],
  [
    'Azure OpenAI',
    'https://me.openai.azure.com/openai/v1/chat/completions?api-version=preview',
    'api-key',
    { api_base: 'https://me.openai.azure.com/openai/v1/', api_version: 'preview' },
  ],
  ['Ollama', 'http://127.0.0.1:11434/v1/chat/completions', 'authorization'],
  ['LM Studio', 'http://127.0.0.1:1234/v1/chat/completions', 'authorization'],
  ['Gemini_OpenAI_API', 'https://generativelanguage.googleapis.com/v1beta/openai/chat/completions', 'authorization'],
  ['Groq', 'https://api.groq.com/openai/v1/chat/completions', 'authorization'],
  ['302.AI', 'https://api.302.ai/v1/chat/completions', 'authorization'],
  ['SiliconFlow', 'https://api.siliconflow.cn/v1/chat/completions', 'authorization'],
  ['PPIO', 'https://api.ppinfra.com/v3/openai/chat/completions', 'authorization'],
  ['TokenPony', 'https://api.tokenpony.cn/v1/chat/completions', 'authorization'],
  ['Compshare', 'https://api.modelverse.cn/v1/chat/completions', 'authorization'],
  ['ModelScope', 'https://api-inference.modelscope.cn/v1/chat/completions', 'authorization'],
  ['FastGPT', 'https://api.fastgpt.in/api/v1/chat/completions', 'authorization'],
]

const tool = { name: 'weather', description: '', parameters: { type: 'object', properties: {} } }

describe('chat', () => {
  test.each(presets)('%s speaks to %s', async (template, url, keyHeader, settings = {}) => {
    const source: JsonObject = {
      ...templates[template],
      key: ['key-of-mine'],
      custom_headers: { 'x-mine': 'yes' },
      ...settings,
    }
    const config = configWith([source], [{ id: 'p', provider_source_id: source['id'] ?? '', model: 'echo' }])
    const model = testProviders(config, { fetch: everywhere }).chatModel()
    const answer = await collect(
      model.run(asking('[[think so then ]] [[tool weather {"city":"x"} then ok]]', { tools: [tool] })),
    )
    expect(answer).toMatchObject({ reasoning: 'so', calls: [{ name: 'weather', args: { city: 'x' } }] })
    expect((await collect(model.run(asking('hi', { streaming: false })))).text).toBe('You said: hi')
    expect(asked.map(call => call.url.replace(':generateContent', ':streamGenerateContent?alt=sse'))).toEqual([
      url,
      url,
    ])
    expect(asked[0]?.headers.get(keyHeader)).toBe(keyHeader === 'authorization' ? 'Bearer key-of-mine' : 'key-of-mine')
    expect(asked[0]?.headers.get('x-mine')).toBe('yes')
  })

  test('every template is among them', () => {
    const chats = Object.entries(templates).filter(([, { provider_type: kind }]) => kind === 'chat_completion')
    expect(new Set(presets.map(([name]) => name))).toEqual(new Set(chats.map(([name]) => name)))
  })

  test('Azure without an address of its own is not asked anywhere else', () => {
    const source = { ...templates['Azure OpenAI'], key: ['k'] }
    const config = configWith([source], [{ id: 'p', provider_source_id: 'azure_openai', model: 'm' }])
    expect(testProviders(config).list()).toEqual([])
  })

  test('LongCat has its version behind any address that lacks it', async () => {
    for (const [base, url] of [
      ['https://relay.example/openai/', 'https://relay.example/openai/v1/chat/completions'],
      ['https://relay.example/v2', 'https://relay.example/v2/chat/completions'],
    ]) {
      const source = { ...templates['LongCat'], key: ['k'], api_base: base ?? '' }
      const config = configWith([source], [{ id: 'p', provider_source_id: 'longcat', model: 'echo' }])
      asked.length = 0
      await collect(testProviders(config, { fetch: everywhere }).chatModel().run(asking('hi')))
      expect(asked[0]?.url).toBe(url)
    }
  })

  test('OpenRouter is told who asks, unless the source says otherwise', async () => {
    const source = { ...templates['OpenRouter'], key: ['k'], custom_headers: { 'X-Title': 'mine' } }
    const config = configWith([source], [{ id: 'p', provider_source_id: 'openrouter', model: 'echo' }])
    await collect(testProviders(config, { fetch: everywhere }).chatModel().run(asking('hi')))
    expect(asked[0]?.headers.get('x-title')).toBe('mine')
    expect(asked[0]?.headers.get('http-referer')).toContain('AstrBot')
  })
})

test('every other template has an adapter that does what it says, except those that run in Python', () => {
  const missing = Object.values(templates).filter(
    ({ type, provider_type: kind }) => adapterCapability(`${type}`) !== kind,
  )
  expect(missing.map(({ type }) => type)).toEqual(['openai_whisper_selfhost', 'sensevoice_stt_selfhost', 'genie_tts'])
})
