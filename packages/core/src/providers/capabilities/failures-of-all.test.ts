import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../json.ts'
import { adapterCapability, type Capability } from '../adapters.ts'
import type { AllProviders } from '../model.ts'
import { at, only } from './capabilities.testing.ts'
import { sampleRecording } from './transcribe/sample.ts'
import { vendor } from './vendor.testing.ts'

// What goes wrong, goes wrong in the same way with every adapter.

/** Every adapter over HTTP: where its key and its address stand. */
const adapters: [type: string, keySetting: string, settings: JsonObject][] = [
  ['openai_embedding', 'embedding_api_key', { embedding_api_base: 'URL/v1' }],
  ['nvidia_embedding', 'embedding_api_key', { embedding_api_base: 'URL/v1' }],
  ['gemini_embedding', 'embedding_api_key', { embedding_api_base: 'URL' }],
  ['dashscope_embedding', 'embedding_api_key', { embedding_api_base: 'URL/api/v1' }],
  ['vllm_rerank', 'rerank_api_key', { rerank_api_base: 'URL' }],
  ['xinference_rerank', 'rerank_api_key', { rerank_api_base: 'URL' }],
  ['bailian_rerank', 'rerank_api_key', { rerank_api_base: 'URL/text-rerank' }],
  ['nvidia_rerank', 'nvidia_rerank_api_key', { nvidia_rerank_api_base: 'URL' }],
  ['tei_rerank', 'rerank_api_key', { rerank_api_base: 'URL' }],
  ['openai_whisper_api', 'api_key', { api_base: 'URL/v1' }],
  ['xinference_stt', 'api_key', { api_base: 'URL' }],
  ['mimo_stt_api', 'api_key', { api_base: 'URL/v1' }],
  ['openai_tts_api', 'api_key', { api_base: 'URL/v1' }],
  ['mimo_tts_api', 'api_key', { api_base: 'URL/v1' }],
  ['gemini_tts', 'gemini_tts_api_key', { gemini_tts_api_base: 'URL' }],
  ['elevenlabs_tts_api', 'api_key', { api_base: 'URL/v1' }],
  ['fishaudio_tts_api', 'api_key', { api_base: 'URL/v1' }],
  ['minimax_tts_api', 'api_key', { api_base: 'URL/v1/t2a_v2' }],
  ['volcengine_tts', 'api_key', { api_base: 'URL/api/v1/tts-volc' }],
  ['azure_tts', 'azure_tts_subscription_key', { api_base: 'URL' }],
  ['dashscope_tts', 'api_key', { api_base: 'URL/api/v1', model: 'qwen-tts' }],
  ['gsv_tts_selfhost', 'api_key', { api_base: 'URL' }],
  ['gsvi_tts_api', 'api_key', { api_base: 'URL' }],
]

const uses: Record<
  Exclude<Capability, 'chat_completion'>,
  (providers: AllProviders, signal?: AbortSignal) => Promise<unknown>
> = {
  embedding: (providers, signal) => providers.embed('p', ['x'], signal),
  rerank: (providers, signal) => providers.rerank('p', 'q', ['a', 'b'], signal && { signal }),
  speech_to_text: (providers, signal) => providers.transcribe('p', sampleRecording(), signal),
  text_to_speech: (providers, signal) => providers.speak('p', 'Hello', signal),
}

function use(type: string, settings: JsonObject, signal?: AbortSignal): Promise<unknown> {
  const capability = adapterCapability(type)
  if (capability === undefined || capability === 'chat_completion') throw new Error(type)
  return uses[capability](only(at(vendor, { type, ...settings })), signal)
}

describe.each(adapters)('%s', (type, keySetting, settings) => {
  /** With another path before the vendor's. */
  const behind = (path: string) =>
    Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        name,
        typeof value === 'string' ? value.replace('URL', `URL/${path}`) : value,
      ]),
    )

  test('a refused key is told without showing it', async () => {
    const error = await use(type, { ...settings, [keySetting]: 'sk-denied-secret' }).catch(error => error)
    expect(error).toMatchObject({ code: 'provider_auth_failed', data: { cause: 'HTTP 401: The key *** is unknown' } })
    expect(vendor.seen).toHaveLength(1)
  })

  test('the next key helps; a variable may stand for one', async () => {
    await use(type, { ...settings, [keySetting]: ['sk-denied-a', 'sk-denied-b', '$NONE', 'good'] })
    expect(vendor.seen.slice(0, 3).map(({ headers }) => /sk-denied-\w/.exec(JSON.stringify(headers))?.[0])).toEqual([
      'sk-denied-a',
      'sk-denied-b',
      undefined,
    ])
  })

  test('silence runs into the timeout, and an abort ends it at once', async () => {
    const impatient = { ...behind('hang'), timeout: 0.2, gemini_tts_timeout: 0.2 }
    await expect(use(type, impatient)).rejects.toMatchObject({
      code: 'provider_timeout',
      data: { cause: 'No answer for 0.2 s' },
    })
    const reason = new DOMException('stopped', 'AbortError')
    await expect(use(type, settings, AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  test('a page in place of an answer is an error', async () => {
    await expect(use(type, behind('garbage'))).rejects.toMatchObject({ code: 'provider_failed' })
  })

  test('nobody there', async () => {
    const gone = JSON.parse(JSON.stringify(settings).replaceAll('URL', 'http://127.0.0.1:9'))
    await expect(use(type, gone)).rejects.toMatchObject({ code: 'provider_unreachable' })
  })

  test('goes through the proxy of its settings', async () => {
    const far = JSON.parse(JSON.stringify(settings).replaceAll('URL', 'http://vendor.invalid'))
    await use(type, { ...far, proxy: vendor.url })
    expect(vendor.seen[0]?.path).toMatch(/^http:\/\/vendor\.invalid\//)
  })
})
