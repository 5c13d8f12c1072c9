import { startVendorServer, type VendorServer } from '@astrbot/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../json.ts'
import { at, only } from '../capabilities.testing.ts'

let vendor: VendorServer
beforeAll(async () => {
  vendor = await startVendorServer()
})
beforeEach(() => {
  vendor.seen.length = 0
})
afterAll(() => vendor.stop())

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
