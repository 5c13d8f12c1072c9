import { describe, expect, it } from 'vitest'
import { failure, noProvider, noSource, server, vendor } from './world.ts'

/** The operations on providers. */
export function describeProviders(): void {
  describe('providers', () => {
    const wanted = { id: 'strange', type: 'openai_tts_api' }

    it('come, change and go, by path and by id, with every kind of id', async () => {
      for (const id of ['plain/gpt-4o', 'plain/模型 ✓', 'plain/x/test']) {
        const config = {
          id,
          model: 'gpt-4o',
          modalities: ['text'],
          provider_source_id: 'another',
          reasoning: true,
          own: 1,
        }
        const json = { source_id: 'plain', config }
        expect((await server.call('createProviderInSourceById', { json })).status).toBe(200)
        expect(await failure(server.call('createProviderInSourceById', { json }))).toEqual([409, 'provider_exists'])
        const query = { provider_id: id }
        const { provider: stored, model_metadata } = (await server.call('getProviderById', { query })).data
        expect(stored).toEqual({
          id,
          model: 'gpt-4o',
          modalities: ['text'],
          provider_source_id: 'plain',
          own: 1,
          enable: true,
        })
        expect(model_metadata).toHaveProperty('gpt-4o')
        const merged = (await server.call('getProviderById', { query: { ...query, merged: 'true' } })).data.provider
        expect(merged).toMatchObject({ id, type: 'openai_chat_completion', key: ['sk-of-the-vendor'], enable: true })
        await server.call('setProviderEnabledById', { json: { ...query, enabled: false } })
        // The switch stays where it is; what is left out is gone.
        const next = { model: 'alpha-2', provider_source_id: 'plain' }
        expect((await server.call('updateProviderById', { json: { ...query, config: next } })).status).toBe(200)
        const updated = (await server.call('getProviderById', { query })).data.provider
        expect(updated).toEqual({ id, ...next, enable: false })
        if (id.endsWith('/test')) continue
        const params = query
        await server.call('setProviderEnabled', { params, json: { enabled: true } })
        await server.call('updateProvider', { params, json: { config: { ...next, model: 'zeta-1' } } })
        expect((await server.call('getProvider', { params })).data.provider).toMatchObject({
          model: 'zeta-1',
          enable: true,
        })
      }
      expect((await server.call('deleteProvider', { params: { provider_id: 'plain/模型 ✓' } })).status).toBe(200)
      expect((await server.call('deleteProviderById', { query: { provider_id: 'plain/x/test' } })).status).toBe(200)
      expect((await server.call('deleteProviderById', { query: { provider_id: 'plain/x/test' } })).status).toBe(200)
    })

    it('are found by capability, source and state', async () => {
      const standalone = { id: 'voice', type: 'openai_tts_api', api_key: 'sk-voice-key', api_base: `${vendor.url}/v1` }
      // The adapter tells what it does.
      expect((await server.call('createProvider', { json: { config: standalone, enabled: false } })).status).toBe(200)
      const json = {
        ...standalone,
        id: 'vectors',
        type: 'openai_embedding',
        capability: 'embedding',
        embedding_api_base: vendor.url,
      }
      expect((await server.call('createProvider', { json })).status).toBe(200)
      const ids = async (query: Record<string, string>) =>
        (await server.call('listProviders', { query })).data.providers.map(({ id }) => id)
      expect(await ids({ capability: 'chat' })).toEqual(['plain/gpt-4o', 'openai/echo'])
      expect(await ids({ capability: 'chat_completion', source_id: 'plain' })).toEqual(['plain/gpt-4o'])
      expect(await ids({ capability: 'tts' })).toEqual(['voice'])
      expect(await ids({ capability: 'embedding', enabled: 'true' })).toEqual(['vectors'])
      expect(await ids({ enabled: 'false' })).toEqual(['voice'])
      expect(await ids({ capability: 'agent_runner' })).toEqual([])
      const bySource = await server.call('listProvidersBySource', { params: { source_id: 'plain' } })
      expect(bySource.data.providers).toMatchObject([{ id: 'plain/gpt-4o', type: 'openai_chat_completion' }])
      expect((await server.call('listProvidersBySourceId', { query: { source_id: 'plain' } })).data).toEqual(
        bySource.data,
      )
      expect((await server.call('listProvidersBySource')).data.providers).toEqual([])
      const schema = (await server.call('getProviderSchema')).data
      expect(schema.providers.map(({ id }) => id)).toEqual(['plain/gpt-4o', 'voice', 'vectors', 'openai/echo'])
      expect(schema.providers[0]).not.toHaveProperty('key')
      expect(Object.keys(schema.config_schema.provider.config_template)).toContain('OpenAI Compatible')
    })

    it('say what is wrong', async () => {
      for (const call of [
        server.call('getProvider'),
        server.call('getProviderById', { query: noProvider }),
        server.call('updateProvider', { json: { config: wanted } }),
        server.call('updateProviderById', { json: { ...noProvider, config: wanted } }),
        server.call('setProviderEnabled', { json: { enabled: true } }),
        server.call('setProviderEnabledById', { json: { ...noProvider, enabled: true } }),
        server.call('testProvider'),
        server.call('testProviderById', { json: noProvider }),
        server.call('getProviderEmbeddingDimension'),
        server.call('getProviderEmbeddingDimensionById', { json: noProvider }),
        server.call('getProviderEmbeddingDimension', { json: { provider_config: { model: 'x' } } }),
      ])
        expect(await failure(call)).toEqual([404, 'provider_not_found'])
      const inNothing = { config: { id: 'x', model: 'm' } }
      expect(await failure(server.call('createProviderInSource', { json: inNothing }))).toEqual([
        404,
        'provider_source_not_found',
      ])
      expect(await failure(server.call('createProviderInSourceById', { json: { ...noSource, ...inNothing } }))).toEqual(
        [404, 'provider_source_not_found'],
      )
      const params = { provider_id: 'voice' }
      const taken = { config: { id: 'vectors', type: 'openai_tts_api' } }
      for (const call of [
        server.call('createProvider', { json: taken }),
        server.call('createProviderInSource', { params: { source_id: 'plain' }, json: { config: { id: 'vectors' } } }),
        server.call('updateProvider', { params, json: taken }),
        server.call('updateProviderById', { json: { ...params, ...taken } }),
      ])
        expect(await failure(call)).toEqual([409, 'provider_exists'])
      for (const type of ['no_such_adapter', 'genie_tts', '', null]) {
        const config = { id: 'new', type, enable: true }
        expect(await failure(server.call('createProvider', { json: { config } }))).toEqual([
          400,
          'invalid_provider_type',
        ])
        const over = server.call('updateProvider', { params, json: { config: { ...config, id: 'voice' } } })
        expect(await failure(over)).toEqual([400, 'invalid_provider_type'])
      }
      for (const call of [
        server.call('testProvider', { params: { provider_id: 'runner' } }),
        server.call('testProviderById', { json: { provider_id: 'runner' } }),
      ])
        expect(await failure(call)).toEqual([400, 'invalid_provider_type'])
      const blank = await server.call('createProvider', { json: { config: { id: ' ', type: 'openai_tts_api' } } })
      expect(blank).toMatchObject({ status: 422, error: { issues: [{ path: 'body.config.id' }] } })
      expect((await server.call('listProviders')).data.providers).toHaveLength(4)
    })

    it('are tested for real, also when they are off', async () => {
      const test = async (provider_id: string) =>
        (await server.call('testProviderById', { json: { provider_id } })).data
      expect(await test('plain/gpt-4o')).toEqual({
        id: 'plain/gpt-4o',
        name: 'plain/gpt-4o',
        model: 'zeta-1',
        type: 'chat_completion',
        status: 'available',
        error: null,
      })
      expect(await test('voice')).toMatchObject({ type: 'text_to_speech', status: 'available', error: null })
      expect(await test('openai/echo')).toMatchObject({ status: 'available' })
      const params = { provider_id: 'bad' }
      const settings = {
        type: 'openai_embedding',
        embedding_api_key: 'sk-denied-x',
        embedding_api_base: `${vendor.url}/v1`,
      }
      await server.call('createProvider', { json: { config: { id: 'bad', ...settings } } })
      const { data } = await server.call('testProvider', { params })
      expect(data).toMatchObject({
        status: 'unavailable',
        error: expect.stringMatching(/refused the key.*The key \*\*\* is unknown/),
      })
      await server.call('deleteProvider', { params })
    })

    it('tell the length of their vectors', async () => {
      const params = { provider_id: 'vectors' }
      const dimension = (provider_config?: object) =>
        server.call('getProviderEmbeddingDimension', { params, ...(provider_config && { json: { provider_config } }) })
      expect((await dimension()).data).toEqual({ embedding_dimensions: 48 })
      const mode = { embedding_dimensions: 16, embedding_dimensions_mode: 'always' }
      expect((await dimension(mode)).data).toEqual({ embedding_dimensions: 16 })
      const byId = (json: object) => server.call('getProviderEmbeddingDimensionById', { json: { ...params, ...json } })
      expect((await byId({})).data).toEqual({ embedding_dimensions: 48 })
      for (const call of [dimension, (provider_config: object) => byId({ provider_config })]) {
        expect(await failure(call({ type: 'openai_tts_api' }))).toEqual([400, 'invalid_provider_type'])
        expect(await failure(call({ embedding_api_key: 'sk-denied' }))).toEqual([502, 'upstream_failed'])
        const hanging = { embedding_api_base: `${vendor.url}/hang`, timeout: 0.2 }
        expect(await failure(call(hanging))).toEqual([504, 'upstream_timeout'])
      }
    })
  })
}
