import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../json.ts'
import { at, only } from '../capabilities.testing.ts'
import { vendor } from '../vendor.testing.ts'

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

  const addresses: [string, string | undefined, string][] = [
    ['URL', '/v1/rerank', '/v1/rerank'],
    ['URL/', 'v2/rerank', '/v2/rerank'],
    ['URL', '', '/v1/rerank'],
    ['URL/v1', undefined, '/v1/rerank'],
    ['URL/v1/rerank', undefined, '/v1/rerank'],
    ['URL/compatible/reranks', '', '/compatible/reranks'],
  ]
  test.each(addresses)('the address %s with the suffix %s', async (base, suffix, path) => {
    const settings = {
      type: 'vllm_rerank',
      rerank_api_base: base,
      ...(suffix !== undefined && { rerank_api_suffix: suffix }),
    }
    await only(at(vendor, settings))
      .rerank('p', 'query', ['a'])
      .catch(() => undefined)
    expect(vendor.seen[0]?.path).toBe(path)
  })

  const nvidias: [string, string, string][] = [
    ['nvidia/llama-3.2-nv', '/reranking', '/nvidia/llama-3_2-nv/reranking'],
    ['plain', 'reranking', '/nvidia/reranking'],
    // A server of one's own.
    ['nvidia/llama-3.2-nv', '/ranking', '/ranking'],
  ]
  test.each(nvidias)('the path of %s at NVIDIA with %s', async (model, endpoint, path) => {
    const settings = { nvidia_rerank_model: model, nvidia_rerank_model_endpoint: endpoint }
    const nvidia = at(vendor, { type: 'nvidia_rerank', nvidia_rerank_api_base: 'URL', ...settings })
    await only(nvidia)
      .rerank('p', 'query', ['a'])
      .catch(() => undefined)
    expect(vendor.seen[0]?.path).toBe(path)
  })
})
