import type { Schemas } from '@astrbot/contract'
import { type JsonObject, providerForm } from '@astrbot/core'
import type { Call, HandlersOf } from '../handler.ts'
import { prefersChinese } from '../http/errors.ts'
import type { Reply } from '../http/reply.ts'
import { done, registryCaller, settingsOf } from '../provider-caller.ts'

export const providers: HandlersOf<'Providers'> = {
  getProviderSchema(_, call) {
    const asks = registryCaller(call)
    const language = prefersChinese(call.request.headers.get('accept-language') ?? undefined) ? 'zh' : 'en'
    const all = call.bot.providerRegistry.unmerged(asks)
    return {
      // Templates and fields are data files of ours, which a test holds against the contract.
      config_schema: { provider: providerForm(language).form as Schemas['ProviderForm'] },
      providers: all.map(shown),
      provider_sources: call.bot.providerRegistry.sources(asks) as Schemas['ProviderSource'][],
      model_metadata: metadataOf(all, call),
    }
  },

  listProviders: ({ query }, call) => list(call, query.capability, query.source_id, query.enabled),
  listProvidersBySource: ({ params, query }, call) => list(call, query.capability, params.source_id),
  listProvidersBySourceId: ({ query }, call) => list(call, query.capability, query.source_id),

  createProvider: ({ body }, call) => create(settingsOf(body), undefined, call),
  createProviderInSource: ({ params, body }, call) => create(settingsOf(body), params.source_id, call),
  createProviderInSourceById: ({ body }, call) => create(settingsOf(body), body.source_id, call),

  getProvider: ({ params, query }, call) => get(params.provider_id, query.merged, call),
  getProviderById: ({ query }, call) => get(query.provider_id, query.merged, call),

  updateProvider: ({ params, body }, call) => update(params.provider_id, settingsOf(body), call),
  updateProviderById: ({ body }, call) => update(body.provider_id, settingsOf(body), call),

  deleteProvider: ({ params }, call) => remove(params.provider_id, call),
  deleteProviderById: ({ query }, call) => remove(query.provider_id, call),

  setProviderEnabled: ({ params, body }, call) => switchTo(params.provider_id, body.enabled, call),
  setProviderEnabledById: ({ body }, call) => switchTo(body.provider_id, body.enabled, call),

  testProvider: ({ params }, call) => test(params.provider_id, call),
  testProviderById: ({ body }, call) => test(body.provider_id, call),

  getProviderEmbeddingDimension: ({ params, body }, call) => dimension(params.provider_id, body?.provider_config, call),
  getProviderEmbeddingDimensionById: ({ body }, call) => dimension(body.provider_id, body.provider_config, call),
}

function list(call: Call, capability?: string, sourceId?: string, enabled?: boolean): Schemas['ProviderList'] {
  const found = call.bot.providerRegistry.list({ capability, sourceId, enabled }, registryCaller(call))
  return { providers: found.map(shown), model_metadata: metadataOf(found, call) }
}

function get(id: string, merged: boolean | undefined, call: Call): Schemas['ProviderDetail'] {
  const found = call.bot.providerRegistry.get(id, merged ?? false, registryCaller(call))
  return { provider: shown(found), model_metadata: metadataOf([found], call) }
}

type Done = Promise<Reply<Record<string, never>>>

async function create(body: JsonObject, sourceId: string | undefined, call: Call): Done {
  await call.bot.providerRegistry.create(body, sourceId, registryCaller(call))
  return done(call, 'Provider created', '模型提供商已创建')
}

async function update(id: string, body: JsonObject, call: Call): Done {
  const touched = await call.bot.providerRegistry.update(id, body, registryCaller(call))
  return done(call, 'Provider updated', '模型提供商已更新', touched)
}

async function remove(id: string, call: Call): Done {
  const { references } = await call.bot.providerRegistry.delete(id)
  return done(call, 'Provider deleted', '模型提供商已删除', { references, providers: 0 })
}

async function switchTo(id: string, enabled: boolean, call: Call): Done {
  await call.bot.providerRegistry.setEnabled(id, enabled)
  return enabled
    ? done(call, 'Provider enabled', '模型提供商已启用')
    : done(call, 'Provider disabled', '模型提供商已停用')
}

async function test(id: string, call: Call): Promise<Schemas['ProviderTest']> {
  const trial = await call.bot.providers.test(id)
  return { ...trial, name: id, status: trial.error === null ? 'available' : 'unavailable' }
}

async function dimension(
  id: string,
  config: object | null | undefined,
  call: Call,
): Promise<Schemas['EmbeddingDimension']> {
  const settings = config ? call.bot.providerRegistry.overlay(id, settingsOf(config), registryCaller(call)) : undefined
  return { embedding_dimensions: await call.bot.providers.dimension(id, settings, call.signal) }
}

function metadataOf(found: readonly JsonObject[], call: Call): Schemas['ModelMetadataMap'] {
  return call.bot.modelCatalogue.metadata(found.map(({ model }) => model).filter(model => typeof model === 'string'))
}

/** The registry makes what it shows fit the contract. */
function shown(provider: JsonObject): Schemas['Provider'] {
  return provider as Schemas['Provider']
}
