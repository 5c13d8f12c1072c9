import { startVendorServer, type VendorServer } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../json.ts'
import { configWith, testProviders } from '../providers.testing.ts'
import { ModelCatalogue } from './metadata.ts'
import facts from './model-facts.json' with { type: 'json' }

let vendor: VendorServer
beforeAll(async () => {
  vendor = await startVendorServer()
})
afterAll(() => vendor.stop())

const models = (source: JsonObject) => testProviders(configWith([{ id: 's', ...source }], [])).models('s')

describe('the models of a source', () => {
  test('are sorted, and all pages are read', async () => {
    const base = { key: ['k'], api_base: `${vendor.url}/v1` }
    expect(await models({ type: 'openai_chat_completion', ...base })).toEqual(['alpha-2', 'gpt-4o', 'zeta-1'])
    expect(await models({ type: 'anthropic_chat_completion', ...base })).toEqual(['claude-a', 'claude-b'])
    // Gemini's own order.
    expect(await models({ type: 'googlegenai_chat_completion', ...base })).toEqual(['gem-b', 'gem-a'])
  })

  test('are found with whichever key works', async () => {
    const source = { type: 'openai_chat_completion', api_base: `${vendor.url}/v1`, key: ['sk-denied', 'good'] }
    expect(await models(source)).toHaveLength(3)
    const failure = { code: 'upstream_failed', message: expect.stringContaining('The key *** is unknown') }
    await expect(models({ ...source, key: ['sk-denied'] })).rejects.toMatchObject(failure)
    const hanging = models({ ...source, api_base: `${vendor.url}/hang`, timeout: 0.2 })
    await expect(hanging).rejects.toMatchObject({ code: 'upstream_timeout' })
  })

  test('are known without asking where the vendor lists none', async () => {
    const xiaomi = { type: 'xiaomi_chat_completion', api_base: `${vendor.url}/nothing/here` }
    expect(await models(xiaomi)).toContain('gpt-4o')
    expect(await models({ ...xiaomi, key: ['sk-denied'] })).toContain('mimo-v2.5')
    expect(await models({ type: 'xiaomi_token_plan' })).toContain('mimo-v2.5-pro')
  })

  test('are those of any list, and nothing else', async () => {
    const listed = (answer: unknown, type = 'openai_chat_completion') => {
      const fetch = () => Promise.resolve(Response.json(answer))
      return testProviders(configWith([{ id: 's', key: ['k'], type }], []), { fetch }).models('s')
    }
    const known = [{ id: 'b' }, { id: 'a', support_apis: ['/v1/chat/completions'] }, { id: 'c', support_apis: [] }]
    expect(await listed({ data: known })).toEqual(['a', 'b', 'c'])
    expect(await listed(known)).toEqual(['a', 'b', 'c'])
    expect(await listed({ data: known }, 'ssycloud_chat_completion')).toEqual(['a', 'b'])
    expect(await listed({ data: [] })).toEqual([])
    expect(await listed({ data: [] }, 'xiaomi_chat_completion')).toContain('mimo-v2.5')
    for (const answer of [{}, { data: null }, { data: ['a'] }, 'a'])
      await expect(listed(answer)).rejects.toMatchObject({ code: 'upstream_failed' })
  })

  test('of a source that cannot list any', async () => {
    await expect(models({ type: 'openai_tts_api' })).rejects.toMatchObject({ code: 'invalid_provider_source' })
    await expect(models({})).rejects.toMatchObject({ code: 'invalid_provider_source' })
    const unknown = testProviders(configWith([], [])).models('s')
    await expect(unknown).rejects.toMatchObject({ code: 'provider_source_not_found' })
  })
})

describe('what is known of models', () => {
  test('is found under the names that relays and dates make of an id', () => {
    const ids = [
      'gpt-4o',
      'openai/gpt-4o',
      'gpt-4o-2024-08-06',
      'claude-sonnet-4-5-20250929',
      'no-such-model',
      '__proto__',
    ]
    const known = new ModelCatalogue().metadata(ids)
    expect(Object.keys(known)).toEqual(ids.slice(0, 4))
    expect(known['openai/gpt-4o']).toMatchObject({
      id: 'openai/gpt-4o',
      tool_call: true,
      modalities: { input: ['text', 'image'], output: ['text'] },
      limit: { context: 128_000, output: 16_384 },
    })
  })

  test('has no model twice', () => {
    const ids = facts.map(([id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
