import { startVendorServer, type VendorServer } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OperationId } from './support/contract.ts'
import { itRefuses, itSawEveryAnswer, type RefusalOptions } from './support/refusals.ts'
import { TestServer } from './support/server.ts'

let vendor: VendorServer
let server: TestServer
/** Takes bodies up to 2000 bytes. */
let narrow: TestServer
/** What a key with the scope `provider` shows. */
let key: Record<string, string>
beforeAll(async () => {
  vendor = await startVendorServer()
  const config = {
    provider_sources: [
      { id: 'old', type: 'openai_chat_completion', key: 'sk-single', api_base: 'http://127.0.0.1:1/v1' },
    ],
    provider: [
      { id: 7, provider_source_id: 'old', model: 'm' },
      { id: 'strange', type: 'no_such_adapter', enable: true },
      { id: 'runner', type: 'dify', provider_type: 'agent_runner', enable: true },
    ],
  }
  server = await TestServer.start({ config })
  narrow = await TestServer.start({ env: { ASTRBOT_MAX_JSON_BYTES: '2000' } })
  const made = await server.call('createApiKey', { json: { scopes: ['provider', 'config'] } })
  key = { 'x-api-key': made.data.api_key }
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await narrow[Symbol.asyncDispose]()
  await vendor.stop()
})

const asKey = { as: 'nobody' } as const
const noSource = { source_id: 'no-such-id' }
const noProvider = { provider_id: 'no-such-id' }
const source = { id: 'old', type: 'openai_chat_completion' }
const provider = { id: 'strange', type: 'openai_tts_api' }
const examples: RefusalOptions['examples'] = {
  listProviderSources: [{}],
  createProviderSource: [{ json: { config: source } }],
  getProviderSourceById: [{ query: noSource }],
  upsertProviderSourceById: [{ json: { ...noSource, config: source } }],
  deleteProviderSourceById: [{ query: noSource }],
  listProviderSourceModelsById: [{ query: noSource }],
  getProviderSource: [{}],
  upsertProviderSource: [{ json: { config: source } }],
  deleteProviderSource: [{}],
  listProviderSourceModels: [{}],
  getProviderSchema: [{}],
  listProvidersBySourceId: [{ query: noSource }],
  createProviderInSourceById: [{ json: { ...noSource, config: provider } }],
  listProvidersBySource: [{}],
  createProviderInSource: [{ json: { config: provider } }],
  listProviders: [{}],
  createProvider: [{ json: { config: provider } }],
  getProviderById: [{ query: noProvider }],
  updateProviderById: [{ json: { ...noProvider, config: provider } }],
  deleteProviderById: [{ query: noProvider }],
  setProviderEnabledById: [{ json: { ...noProvider, enabled: true } }],
  testProviderById: [{ json: noProvider }],
  getProviderEmbeddingDimensionById: [{ json: { ...noProvider, provider_config: {} } }],
  getProvider: [{}],
  updateProvider: [{ json: { config: provider } }],
  deleteProvider: [{ json: {} }],
  setProviderEnabled: [{ json: { enabled: true } }],
  testProvider: [{}],
  getProviderEmbeddingDimension: [{ json: { provider_config: {} } }],
}

describe('refusals', () => itRefuses({ server: () => server, narrow: () => narrow, examples }))

/** Status and code of a failed call. */
async function failure(call: Promise<{ status: number; error: { code: string } }>): Promise<[number, string]> {
  const { status, error } = await call
  return [status, error.code]
}

const vendorSource = (more: object = {}) => ({
  type: 'openai_chat_completion',
  provider: 'openai',
  key: ['sk-of-the-vendor'],
  api_base: `${vendor.url}/v1`,
  timeout: 20,
  ...more,
})

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
      expect(Object.keys(provider_source)).toEqual(['id', ...Object.keys(vendorSource()), 'zeta', 'alpha'])
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
      await server.call('upsertProviderSource', { params: { source_id: 'bad' }, json: { config: vendorSource(more) } })
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

describe('providers', () => {
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
      server.call('updateProvider', { json: { config: provider } }),
      server.call('updateProviderById', { json: { ...noProvider, config: provider } }),
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
    expect(await failure(server.call('createProviderInSourceById', { json: { ...noSource, ...inNothing } }))).toEqual([
      404,
      'provider_source_not_found',
    ])
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
      expect(await failure(server.call('createProvider', { json: { config } }))).toEqual([400, 'invalid_provider_type'])
      const over = server.call('updateProvider', { params, json: { config: { ...config, id: 'voice' } } })
      expect(await failure(over)).toEqual([400, 'invalid_provider_type'])
    }
    const blank = await server.call('createProvider', { json: { config: { id: ' ', type: 'openai_tts_api' } } })
    expect(blank).toMatchObject({ status: 422, error: { issues: [{ path: 'body.config.id' }] } })
    expect((await server.call('listProviders')).data.providers).toHaveLength(4)
  })

  it('are tested for real, also when they are off', async () => {
    const test = async (provider_id: string) => (await server.call('testProviderById', { json: { provider_id } })).data
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

describe('references', () => {
  const umo = 'webchat:FriendMessage:webchat!astrbot!follower'

  it('follow a renamed provider, and are cleared with a deleted one', async () => {
    await server.call('updateProvider', {
      params: { provider_id: 'plain/gpt-4o' },
      json: { config: { model: 'gpt-4o', provider_source_id: 'plain' } },
    })
    const rule_key = 'provider_perf_chat_completion'
    await server.call('upsertSessionRule', { json: { umo, rule_key, rule_value: 'plain/gpt-4o' } })
    const { config } = server.running.bot
    await config.update(draft => {
      draft.agent_runner.config.model = {
        provider_id: 'plain/gpt-4o',
        fallback_provider_ids: ['plain/gpt-4o', 'other'],
      }
    })
    const profile = await config.create({ name: 'second' }, { byKey: false, mayEditAdmins: true })
    await config.profiles.get(profile).update(draft => {
      draft.provider_settings.default_image_caption_provider_id = 'plain/gpt-4o'
    })
    const places = async () => {
      const rules = (await server.call('listSessionRules')).data.rules.find(rule => rule.umo === umo)?.rules
      return [
        config.get().agent_runner.config.model,
        config.profiles.get(profile).get().provider_settings.default_image_caption_provider_id,
        rules?.provider_perf_chat_completion,
      ]
    }
    const renamed = { id: 'plain/renamed', model: 'gpt-4o', provider_source_id: 'plain' }
    const answer = await server.call('updateProvider', {
      params: { provider_id: 'plain/gpt-4o' },
      json: { config: renamed },
    })
    expect(answer.message).toBe('Provider updated; 4 reference(s) updated')
    expect(await places()).toMatchObject([
      { provider_id: 'plain/renamed', fallback_provider_ids: ['plain/renamed', 'other'] },
      'plain/renamed',
      'plain/renamed',
    ])
    // A source takes its name along, and its providers with it when it goes.
    await server.call('upsertProviderSource', {
      params: { source_id: 'plain' },
      json: { config: vendorSource({ id: 'fancy' }) },
    })
    expect(
      (await server.call('listProvidersBySource', { params: { source_id: 'fancy' } })).data.providers,
    ).toHaveLength(1)
    const headers = { 'accept-language': 'zh' }
    const gone = await server.call('deleteProviderSource', { params: { source_id: 'fancy' }, headers })
    expect(gone.message).toBe('模型来源已删除；删除了 1 个模型提供商；更新了 4 处引用')
    expect(await places()).toMatchObject([{ provider_id: '', fallback_provider_ids: ['other'] }, '', undefined])
  })
})

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
    for (const answer of [shown, ...everything]) expect(answer.text).not.toMatch(/sk-of-the-vendor|hidden|sk-voice-key/)
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

describe('what the environment names', () => {
  it('is listed as such, and can be stored', async () => {
    const params = { provider_id: 'openai/echo' }
    const listed = (await server.call('getProvider', { params })).data.provider
    expect(listed).toMatchObject({ origin: 'environment', enable: true, model: 'echo', key: ['$OPENAI_API_KEY'] })
    // Sending back what was shown makes a copy that takes its place, and works with the same key.
    expect(
      (await server.call('updateProvider', { params, json: { config: { ...listed, max_context_tokens: 9000 } } }))
        .status,
    ).toBe(200)
    const copy = (await server.call('getProvider', { params })).data.provider
    expect(copy).not.toHaveProperty('origin')
    expect(copy).toMatchObject({ max_context_tokens: 9000 })
    expect((await server.call('testProvider', { params })).data.error).toBeNull()
    expect(server.models.seen.at(-1)?.headers.authorization).toBe('Bearer sk-test-of-the-tests')
    await server.call('setProviderEnabled', { params, json: { enabled: false } })
    const ids = (await server.call('listProviders', { query: { enabled: 'true', capability: 'chat' } })).data.providers
    expect(ids.map(({ id }) => id)).not.toContain('openai/echo')
    await server.restart()
    expect((await server.call('getProvider', { params })).data.provider.enable).toBe(false)
    // Without the copy, the environment is in force again.
    await server.call('deleteProvider', { params })
    expect((await server.call('getProvider', { params })).data.provider).toMatchObject({
      origin: 'environment',
      enable: true,
    })
  })
})

itSawEveryAnswer(examples)
