import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../json.ts'
import { at, only } from './capabilities.testing.ts'
import { vendor } from './vendor.testing.ts'

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
