import { describe, expect, it } from 'vitest'
import { failure, server, vendorSource } from './world.ts'

/** What becomes of settings that clients write in their own way. */
export function describeSettings(): void {
  describe('settings', () => {
    const params = { provider_id: 'shaped' }
    const stored = async (merged = false) =>
      (await server.call('getProvider', { params, query: { merged: String(merged) } })).data.provider
    const list = async (query: Record<string, string> = {}) =>
      (await server.call('listProviders', { query })).data.providers.map(({ id }) => id)

    it('are shown as they were sent, numbers and null too', async () => {
      const headers = { 'X-Text': 'a', 'X-Number': 5, 'X-Flag': true }
      const source = { ...vendorSource(), id: 2048, timeout: 12.5, custom_headers: headers }
      expect((await server.call('createProviderSource', { json: { config: source } })).status).toBe(200)
      const query = { source_id: '2048' }
      const { provider_source } = (await server.call('getProviderSourceById', { query })).data
      expect(provider_source).toEqual({ ...source, id: '2048' })
      const config = { model: 'm', max_context_tokens: '9000', modalities: null, timeout: null }
      await server.call('createProviderInSourceById', { json: { ...query, id: 'shaped', config } })
      expect(await stored()).toEqual({ ...config, provider_source_id: '2048', enable: true, id: 'shaped' })
      // Null is a value: it stands before the source's.
      expect(await stored(true)).toMatchObject({ timeout: null, max_context_tokens: '9000', custom_headers: headers })
      expect((await server.call('testProvider', { params })).data).toMatchObject({ model: 'm', status: 'available' })
    })

    it('rename by the `id` of `config` alone', async () => {
      const config = { model: 'n', provider_source_id: '2048' }
      await server.call('updateProvider', { params, json: { id: 'elsewhere', config } })
      await server.call('updateProviderById', { json: { ...params, id: 'elsewhere', config } })
      expect(await stored()).toEqual({ ...config, enable: true, id: 'shaped' })
      const before = await list()
      await server.call('updateProviderById', { json: { ...params, config: { ...config, id: 'shaped/2' } } })
      expect(await list()).toEqual(before.map(id => (id === 'shaped' ? 'shaped/2' : id)))
      await server.call('updateProvider', {
        params: { provider_id: 'shaped/2' },
        json: { ...config, id: 'shaped' },
      })
      expect(await list({ source_id: '2048' })).toEqual(['shaped'])
      expect(await list({ source_id: '', capability: '' })).toEqual(before)
    })

    it('of what is switched off may lack a type, but may not be lacking', async () => {
      const config = { id: 'draft', model: 'm', enable: false }
      expect((await server.call('createProvider', { json: { config } })).status).toBe(200)
      const draft = { params: { provider_id: 'draft' } }
      const on = server.call('setProviderEnabled', { ...draft, json: { enabled: true } })
      expect(await failure(on)).toEqual([400, 'invalid_provider_type'])
      const nothing = server.call('updateProvider', { ...draft, json: {} })
      expect(await failure(nothing)).toEqual([400, 'invalid_provider_type'])
      expect((await server.call('getProvider', draft)).data.provider).toEqual(config)
      await server.call('deleteProvider', draft)
      await server.call('updateProvider', { params, json: { config: { ...config, id: 'shaped', enable: null } } })
      expect(await stored()).toEqual({ ...config, id: 'shaped' })
      await server.call('deleteProvider', { params })
      await server.call('deleteProviderSource', { params: { source_id: '2048' } })
    })
  })
}
