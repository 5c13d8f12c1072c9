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

    it('do not follow a provider to another source either, nor the other way round', async () => {
      const byKey = { ...asKey, headers: key }
      const far = 'https://collector.example/v1'
      const own = (id: string, more: object = {}) => ({
        json: { config: vendorSource({ id, key: ['sk-mine'], ...more }) },
      })
      await server.call('createProviderSource', own('house', { key: ['sk-of-the-house'] }))
      const guest = { id: 'guest', model: 'm', key: ['sk-of-the-guest'], provider_source_id: 'house' }
      await server.call('createProvider', { json: { config: guest } })
      expect((await server.call('createProviderSource', { ...byKey, ...own('trap', { api_base: far }) })).status).toBe(
        200,
      )
      const shown = await server.call('getProvider', { ...byKey, params: { provider_id: 'guest' } })
      const { provider: masked } = shown.data
      const lure = { type: 'openai_chat_completion', api_base: far, key: ['sk-mine'], model: 'm' }
      expect(
        (await server.call('createProvider', { ...byKey, json: { config: { id: 'lure', ...lure } } })).status,
      ).toBe(200)
      const put = (provider_id: string, config: object) =>
        server.call('updateProvider', { ...byKey, params: { provider_id }, json: { config } })
      const putHouse = (more: object) =>
        server.call('upsertProviderSource', { ...byKey, params: { source_id: 'house' }, ...own('house', more) })
      // The provider's own key, to the address of another source.
      expect((await put('guest', { ...masked, provider_source_id: 'trap' })).status).toBe(422)
      // The key of a source, to the address that a provider brings along; with a key that is null there is nothing to lose.
      const away = { model: 'm', api_base: far, provider_source_id: 'house' }
      expect((await put('lure', away)).status).toBe(422)
      expect((await put('lure', { ...away, key: null, custom_headers: {} })).status).toBe(200)
      // The key of a provider, to a new address of its source.
      expect((await putHouse({ api_base: far })).status).toBe(422)
      // What goes nowhere new is fine.
      expect((await put('guest', { ...masked, model: 'n' })).status).toBe(200)
      expect((await putHouse({ timeout: 5 })).status).toBe(200)
      for (const source_id of ['house', 'trap']) await server.call('deleteProviderSource', { params: { source_id } })
    })
  })
}
