import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../json.ts'
import { at, only } from '../capabilities.testing.ts'
import { vendor } from '../vendor.testing.ts'

describe('speaking', () => {
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
    ['azure_tts', { api_base: 'URL', azure_tts_subscription_key: 'k' }, 'audio/wav'],
    ['dashscope_tts', { api_base: 'URL/api/v1', model: 'qwen-tts' }, 'audio/wav'],
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
