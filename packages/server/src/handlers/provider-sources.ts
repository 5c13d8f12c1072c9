import type { Schemas } from '@astrbot/contract'
import type { JsonObject } from '@astrbot/core'
import type { Call, HandlersOf } from '../handler.ts'
import type { Reply } from '../http/reply.ts'
import { done, registryCaller, settingsOf } from '../provider-caller.ts'

export const providerSources: HandlersOf<'Provider Sources'> = {
  listProviderSources: (_, call) => ({
    provider_sources: call.bot.providerRegistry.sources(registryCaller(call)).map(shown),
  }),

  async createProviderSource({ body }, call) {
    await call.bot.providerRegistry.createSource(settingsOf(body), registryCaller(call))
    return stored(call)
  },

  getProviderSource: ({ params }, call) => get(params.source_id, call),
  getProviderSourceById: ({ query }, call) => get(query.source_id, call),

  async upsertProviderSource({ params, body }, call) {
    await call.bot.providerRegistry.putSource(params.source_id, settingsOf(body), registryCaller(call))
    return stored(call)
  },

  async upsertProviderSourceById({ body }, call) {
    await call.bot.providerRegistry.putSource(body.source_id, settingsOf(body), registryCaller(call))
    return stored(call)
  },

  deleteProviderSource: ({ params }, call) => remove(params.source_id, call),
  deleteProviderSourceById: ({ query }, call) => remove(query.source_id, call),

  listProviderSourceModels: ({ params }, call) => models(params.source_id, call),
  listProviderSourceModelsById: ({ query }, call) => models(query.source_id, call),
}

function get(id: string, call: Call): Schemas['ProviderSourceDetail'] {
  return { provider_source: shown(call.bot.providerRegistry.source(id, registryCaller(call))) }
}

async function remove(id: string, call: Call): Promise<Reply<Record<string, never>>> {
  const touched = await call.bot.providerRegistry.deleteSource(id)
  return done(call, 'Provider source deleted', '模型来源已删除', touched)
}

async function models(id: string, call: Call): Promise<Schemas['ProviderSourceModels']> {
  const found = await call.bot.providers.models(id, call.signal)
  return { models: found, provider_source_id: id, model_metadata: call.bot.modelCatalogue.metadata(found) }
}

function stored(call: Call): Reply<Record<string, never>> {
  return done(call, 'Provider source saved', '模型来源已保存')
}

/** The registry makes what it shows fit the contract. */
function shown(source: JsonObject): Schemas['ProviderSource'] {
  return source as Schemas['ProviderSource']
}
