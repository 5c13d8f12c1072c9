import { startVendorServer, type VendorServer } from '@astrbot/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../json.ts'
import { configWith, testProviders } from '../providers.testing.ts'
import { sampleRecording } from './transcribe/sample.ts'

let vendor: VendorServer
beforeAll(async () => {
  vendor = await startVendorServer()
})
beforeEach(() => {
  vendor.seen.length = 0
})
afterAll(() => vendor.stop())

/** The only provider of a bot. */
const only = (settings: JsonObject) => testProviders(configWith([], [{ id: 'p', enable: true, ...settings }]))

describe('embedding', () => {
  const adapters: [string, JsonObject][] = [
    ['openai_embedding', { embedding_api_base: 'URL' }],
    ['openai_embedding', { embedding_api_base: 'URL/v3/embeddings' }],
    ['nvidia_embedding', { embedding_api_base: 'URL/v1', input_type: 'query' }],
    ['gemini_embedding', { embedding_api_base: 'URL' }],
    ['ollama_embedding', { embedding_api_base: 'URL' }],
    ['dashscope_embedding', { embedding_api_base: 'URL/api/v1' }],
  ]
  test.each(adapters)('%s answers one vector for each text, in order', async (type, settings) => {
    const providers = only(at(vendor, { type, embedding_api_key: 'k', ...settings }))
    const texts = Array.from({ length: 70 }, (_, i) => `text ${i}`)
    const vectors = await providers.embed('p', texts)
    expect(vectors.map(({ length }) => length)).toEqual(texts.map(() => 48))
    expect(vectors[1]?.[0]).toBeCloseTo(Math.sin(2))
    expect(vendor.seen.length).toBe(type === 'dashscope_embedding' ? 7 : 2)
  })

  test('asks for a length only when it is told to, or when the model is known to shorten', async () => {
    const lengths = async (settings: JsonObject) => {
      const all = at(vendor, {
        type: 'openai_embedding',
        embedding_api_base: 'URL',
        embedding_dimensions: 16,
        ...settings,
      })
      const providers = only(all)
      const [vector] = await providers.embed('p', ['x'])
      return [vector?.length, await providers.dimension('p')]
    }
    expect(await lengths({})).toEqual([48, 48])
    expect(await lengths({ embedding_dimensions_mode: 'auto', embedding_model: 'bge' })).toEqual([48, 48])
    expect(await lengths({ embedding_dimensions_mode: 'auto', embedding_model: 'text-embedding-3-large' })).toEqual([
      16, 48,
    ])
    expect(await lengths({ embedding_dimensions_mode: 'always' })).toEqual([16, 16])
    expect(await lengths({ embedding_dimensions_mode: 'never' })).toEqual([48, 48])
    const gemini = only(at(vendor, { type: 'gemini_embedding', embedding_api_base: 'URL', embedding_dimensions: '16' }))
    expect([(await gemini.embed('p', ['x']))[0]?.length, await gemini.dimension('p')]).toEqual([16, 48])
  })
})

describe('ranking', () => {
  const adapters: [string, JsonObject][] = [
    ['vllm_rerank', { rerank_api_base: 'URL', rerank_api_suffix: '/v1/rerank' }],
    ['xinference_rerank', { rerank_api_base: 'URL' }],
    ['bailian_rerank', { rerank_api_base: 'URL/text-rerank/text-rerank' }],
    ['nvidia_rerank', { nvidia_rerank_api_base: 'URL' }],
    ['tei_rerank', { rerank_api_base: 'URL', tei_rerank_truncation_direction: 'Right' }],
  ]
  test.each(adapters)('%s puts the best first', async (type, settings) => {
    const providers = only(at(vendor, { type, ...settings }))
    const ranked = await providers.rerank('p', 'query', ['a', 'b', 'c'], { top: 2 })
    expect(ranked.map(({ index }) => index)).toEqual([2, 1])
    expect(await providers.rerank('p', 'query', [])).toEqual([])
  })
})

describe('speech', () => {
  test.each(['openai_whisper_api', 'xinference_stt', 'mimo_stt_api'])('%s writes down', async type => {
    const providers = only(at(vendor, { type, api_key: 'k', api_base: 'URL/v1', model: 'm' }))
    expect(await providers.transcribe('p', sampleRecording())).toBe('pong')
    expect(vendor.seen[0]?.headers.authorization).toBe('Bearer k')
    expect(vendor.seen[0]?.text).toContain(
      type === 'mimo_stt_api' ? 'data:audio/wav;base64,UklGR' : 'filename="sample.wav"',
    )
  })

  const speakers: [string, JsonObject, string][] = [
    ['openai_tts_api', { api_base: 'URL/v1' }, 'audio/wav'],
    ['mimo_tts_api', { api_base: 'URL/v1', 'mimo-tts-style-prompt': 'calm' }, 'audio/wav'],
    ['gemini_tts', { gemini_tts_api_base: 'URL' }, 'audio/wav'],
    ['minimax_tts_api', { api_base: 'URL/v1/t2a_v2', 'minimax-group-id': 'g' }, 'audio/mpeg'],
    ['volcengine_tts', { api_base: 'URL/api/v1/tts-volc' }, 'audio/mpeg'],
    ['elevenlabs_tts_api', { api_base: 'URL/v1', 'elevenlabs-tts-stability': '0.5' }, 'audio/wav'],
    ['fishaudio_tts_api', { api_base: 'URL/v1', 'fishaudio-tts-reference-id': 'r' }, 'audio/wav'],
    ['gsv_tts_selfhost', { api_base: 'URL', gpt_weights_path: '/w', gsv_default_parms: { gsv_top_k: 5 } }, 'audio/wav'],
    ['gsvi_tts_api', { api_base: 'URL' }, 'audio/wav'],
  ]
  test.each(speakers)('%s speaks', async (type, settings, mediaType) => {
    const keys = { api_key: 'k', gemini_tts_api_key: 'k' }
    const speech = await only(at(vendor, { type, ...keys, ...settings })).speak('p', 'Hello')
    expect(speech.mediaType).toBe(mediaType)
    expect(Buffer.from(speech.bytes).toString()).toContain('RIFF')
    const all = vendor.seen.map(({ path, text }) => path + text).join()
    expect(all).toContain('Hello')
    if (type === 'gsv_tts_selfhost') expect(all).toMatch(/set_gpt_weights\?weights_path=%2Fw.*top_k=5/)
    // The file is fetched where the service is, whatever host it names.
    if (type === 'gsvi_tts_api') expect(vendor.seen.at(-1)?.path).toBe('/made.wav')
  })
})

describe('failures', () => {
  const embedding = (settings: JsonObject) =>
    only(at(vendor, { type: 'openai_embedding', embedding_model: 'm', ...settings }))

  test('say what the vendor said, without the key', async () => {
    const providers = embedding({ embedding_api_base: 'URL/v1', embedding_api_key: 'sk-denied-secret' })
    const error = await providers.embed('p', ['x']).catch(error => error)
    expect(error).toMatchObject({ code: 'provider_auth_failed', data: { cause: 'HTTP 401: The key *** is unknown' } })
    expect(await providers.test('p')).toMatchObject({
      error: expect.stringContaining('HTTP 401: The key *** is unknown'),
    })
  })

  test('another key helps, and patience with the busy', async () => {
    const both = embedding({ embedding_api_base: 'URL/v1', embedding_api_key: ['sk-denied', 'good'] })
    expect(await both.embed('p', ['x'])).toHaveLength(1)
    expect(await embedding({ embedding_api_base: 'URL/busy/v1' }).embed('p', ['x'])).toHaveLength(1)
  })

  test.each([
    ['hang/v1', 'provider_timeout'],
    ['garbage/v1', 'provider_failed'],
  ])('%s is %s', async (path, code) => {
    const providers = embedding({ embedding_api_base: `URL/${path}`, timeout: 0.2 })
    await expect(providers.embed('p', ['x'])).rejects.toMatchObject({ code })
  })

  test('nothing is sent to an address that hands out credentials', async () => {
    const providers = embedding({ embedding_api_base: 'http://169.254.169.254/v1' })
    await expect(providers.embed('p', ['x'])).rejects.toMatchObject({ code: 'invalid_host' })
  })

  test('what is unknown, off, or of another kind', async () => {
    const providers = embedding({ embedding_api_base: 'URL/v1', enable: false })
    await expect(providers.embed('p', ['x'])).rejects.toMatchObject({ code: 'provider_not_found' })
    await expect(providers.embed('q', ['x'])).rejects.toMatchObject({ code: 'provider_not_found' })
    expect(await providers.test('p')).toEqual({ id: 'p', model: 'm', type: 'embedding', error: null })
    const speaker = only({ type: 'openai_tts_api' })
    await expect(speaker.embed('p', ['x'])).rejects.toMatchObject({ code: 'invalid_provider_type' })
    await expect(speaker.dimension('p')).rejects.toMatchObject({ code: 'invalid_provider_type' })
  })
})

/** Settings with the vendor's address in them. */
function at({ url }: VendorServer, settings: JsonObject): JsonObject {
  const entries = Object.entries(settings)
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? value.replace('URL', url) : value]),
  )
}
