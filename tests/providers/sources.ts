import { describe, expect, it } from 'vitest'
import { failure, noSource, server, vendor, vendorSource } from './world.ts'

/** The ten operations on sources. */
export function describeSources(): void {
  describe('what a file of the field holds', () => {
    it('is shown as the contract promises, and what is broken says why', async () => {
      const { provider_sources } = (await server.call('listProviderSources')).data
      expect(provider_sources).toMatchObject([{ id: 'old', key: ['sk-single'] }])
      const { providers } = (await server.call('listProviders')).data
      expect(providers.map(({ id }) => id)).toEqual(['7', 'strange', 'openai/echo'])
      expect(providers[0]).toMatchObject({ enable: true, type: 'openai_chat_completion', key: ['sk-single'] })
      expect(providers[0]).not.toHaveProperty('load_error')
      expect(providers[1]).toHaveProperty('load_error', 'no adapter for the type no_such_adapter')
      expect((await server.call('getProvider', { params: { provider_id: 'runner' } })).data.provider.type).toBe('dify')
    })

    it('a numeric id does not stand in the way', async () => {
      const params = { provider_id: '7' }
      expect((await server.call('setProviderEnabled', { params, json: { enabled: false } })).status).toBe(200)
      expect((await server.call('getProvider', { params })).data.provider.enable).toBe(false)
      expect((await server.call('deleteProvider', { params })).status).toBe(200)
      expect((await server.call('deleteProviderById', { query: { provider_id: 'strange' } })).status).toBe(200)
    })
  })

  describe('sources', () => {
    it('come, change and go, by path and by id, with every kind of id', async () => {
      for (const id of ['plain', 'with/slash ✓', 'a?b#c%', 'x/models']) {
        const source_id = id
        const created = await server.call('createProviderSource', {
          json: { id, config: vendorSource({ zeta: 1, alpha: { b: 1, a: 2 } }) },
        })
        expect(created).toMatchObject({ status: 200, data: {}, message: 'Provider source saved' })
        const query = { source_id }
        const { provider_source } = (await server.call('getProviderSourceById', { query })).data
        expect(Object.keys(provider_source)).toEqual([...Object.keys(vendorSource()), 'zeta', 'alpha', 'id'])
        expect(JSON.stringify(provider_source)).toContain('{"b":1,"a":2}')
        expect(await failure(server.call('createProviderSource', { json: { id, config: vendorSource() } }))).toEqual([
          409,
          'provider_source_exists',
        ])
        await server.call('upsertProviderSourceById', { json: { source_id, config: vendorSource({ timeout: 30 }) } })
        if (id !== 'x/models') {
          const params = { source_id }
          expect((await server.call('getProviderSource', { params })).data.provider_source.timeout).toBe(30)
          // Flat, as older clients send it.
          await server.call('upsertProviderSource', { params, json: vendorSource({ timeout: 31 }) })
          expect((await server.call('getProviderSource', { params })).data.provider_source.timeout).toBe(31)
        }
      }
      for (const source_id of ['a?b#c%', 'x/models']) {
        expect((await server.call('deleteProviderSourceById', { query: { source_id } })).status).toBe(200)
      }
      expect((await server.call('deleteProviderSource', { params: { source_id: 'with/slash ✓' } })).status).toBe(200)
      expect((await server.call('listProviderSources')).data.provider_sources.map(({ id }) => id)).toEqual([
        'old',
        'plain',
      ])
    })

    it('say what is wrong', async () => {
      const params = { source_id: 'plain' }
      for (const call of [
        server.call('upsertProviderSource', { params, json: { config: { ...vendorSource(), id: 'old' } } }),
        server.call('upsertProviderSourceById', { json: { ...params, config: { ...vendorSource(), id: 'old' } } }),
      ])
        expect(await failure(call)).toEqual([409, 'provider_source_exists'])
      for (const call of [
        server.call('getProviderSource'),
        server.call('getProviderSourceById', { query: noSource }),
        server.call('deleteProviderSource'),
        server.call('deleteProviderSourceById', { query: noSource }),
        server.call('listProviderSourceModels'),
        server.call('listProviderSourceModelsById', { query: noSource }),
      ])
        expect(await failure(call)).toEqual([404, 'provider_source_not_found'])
      const nameless = await server.call('createProviderSource', { json: { config: vendorSource() } })
      expect(nameless).toMatchObject({ status: 422, error: { issues: [{ path: 'body.config.id' }] } })
    })

    it('list the models of the vendor, or say why not', async () => {
      const params = { source_id: 'plain' }
      const found = (await server.call('listProviderSourceModels', { params })).data
      expect(found).toMatchObject({ models: ['alpha-2', 'gpt-4o', 'zeta-1'], provider_source_id: 'plain' })
      expect(found.model_metadata).toMatchObject({ 'gpt-4o': { limit: { context: 128_000 } } })
      expect(
        (await server.call('listProviderSourceModelsById', { query: { ...params, capability: 'chat' } })).data,
      ).toEqual(found)
      const cases: [object, number, string][] = [
        [{ key: ['sk-denied-1', 'sk-denied-2'] }, 502, 'upstream_failed'],
        [{ api_base: `${vendor.url}/hang`, timeout: 0.2 }, 504, 'upstream_timeout'],
        [{ api_base: `${vendor.url}/garbage` }, 502, 'upstream_failed'],
        [{ api_base: 'http://127.0.0.1:1' }, 502, 'upstream_failed'],
        [{ api_base: 'http://169.254.169.254/v1' }, 400, 'invalid_host'],
        [{ type: 'edge_tts' }, 400, 'invalid_provider_source'],
        [{ type: null }, 400, 'invalid_provider_source'],
      ]
      for (const [more, status, code] of cases) {
        await server.call('upsertProviderSource', {
          params: { source_id: 'bad' },
          json: { config: vendorSource(more) },
        })
        for (const call of [
          server.call('listProviderSourceModels', { params: { source_id: 'bad' } }),
          server.call('listProviderSourceModelsById', { query: { source_id: 'bad' } }),
        ]) {
          const answer = await call
          expect([answer.status, answer.error.code], JSON.stringify(more)).toEqual([status, code])
          expect(answer.text).not.toMatch(/sk-denied-\d/)
          if (status === 502 && 'key' in more) expect(answer.message).toContain('The key *** is unknown')
        }
      }
      await server.call('deleteProviderSource', { params: { source_id: 'bad' } })
    })
  })
}
