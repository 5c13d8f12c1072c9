import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../json.ts'
import { at, only } from '../capabilities.testing.ts'
import { vendor } from '../vendor.testing.ts'

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
    expect([(await gemini.embed('p', ['x']))[0]?.length, await gemini.dimension('p')]).toEqual([16, 16])
  })
})
