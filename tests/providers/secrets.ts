import { describe, expect, it } from 'vitest'
import type { OperationId } from '../support/contract.ts'
import { asKey, key, server, vendorSource } from './world.ts'

/** What API keys see of secrets. */
export function describeSecrets(): void {
  describe('secrets', () => {
    it('are masked for keys, and stay when a mask comes back', async () => {
      await server.call('createProviderSource', {
        json: { id: 'safe', config: vendorSource({ custom_headers: { 'x-api-key': 'hidden' } }) },
      })
      const json = { config: { id: 'safe/m', model: 'm' } }
      const params = { source_id: 'safe' }
      expect((await server.call('createProviderInSource', { ...asKey, headers: key, params, json })).status).toBe(200)
      const shown = await server.call('getProviderSource', { ...asKey, headers: key, params: { source_id: 'safe' } })
      const everything = await Promise.all(
        (['listProviderSources', 'listProviders', 'getProviderSchema'] as OperationId[]).map(id =>
          server.call(id, { ...asKey, headers: key }),
        ),
      )
      for (const answer of [shown, ...everything])
        expect(answer.text).not.toMatch(/sk-of-the-vendor|hidden|sk-voice-key/)
      const { provider_source: masked } = shown.data
      const put = (config: object) =>
        server.call('upsertProviderSource', { ...asKey, headers: key, params, json: { config } })
      expect((await put({ ...masked, timeout: 99 })).status).toBe(200)
      expect((await server.call('getProviderSource', { params })).data.provider_source).toMatchObject({
        key: ['sk-of-the-vendor'],
        custom_headers: { 'x-api-key': 'hidden' },
        timeout: 99,
      })
      const strange = await put({ ...masked, key: ['***redacted:0123456789***'] })
      expect(strange).toMatchObject({ status: 422, error: { issues: [{ path: 'body.config.key' }] } })
    })

    it('do not travel to an address of the choice of who cannot see them', async () => {
      const params = { source_id: 'safe' }
      const { provider_source: masked } = (await server.call('getProviderSource', { ...asKey, headers: key, params }))
        .data
      const elsewhere = { api_base: 'https://collector.example/v1' }
      const attempts = [
        server.call('upsertProviderSource', {
          ...asKey,
          headers: key,
          params,
          json: { config: { ...masked, ...elsewhere } },
        }),
        server.call('upsertProviderSource', {
          ...asKey,
          headers: key,
          params,
          json: { config: { ...masked, proxy: 'http://collector.example' } },
        }),
        server.call('createProviderInSource', {
          ...asKey,
          headers: key,
          params,
          json: { config: { id: 'thief', model: 'm', ...elsewhere } },
        }),
        server.call('getProviderEmbeddingDimension', {
          ...asKey,
          headers: key,
          params: { provider_id: 'vectors' },
          json: { provider_config: { embedding_api_base: 'https://collector.example/v1' } },
        }),
      ]
      for (const attempt of attempts) expect((await attempt).status).toBe(422)
      // With a key of one's own, any address will do.
      const own = { ...masked, ...elsewhere, key: ['sk-my-own'], custom_headers: {} }
      expect(
        (await server.call('upsertProviderSource', { ...asKey, headers: key, params, json: { config: own } })).status,
      ).toBe(200)
    })
  })
}
