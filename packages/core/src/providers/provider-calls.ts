import type { ConfigSnapshot } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import { adapterCapability, agentRunner, capabilityOf, mergedWith } from './adapters.ts'
import { Adapter } from './capabilities/adapter.ts'
import { embed } from './capabilities/embed/embed.ts'
import { rerank } from './capabilities/rerank/rerank.ts'
import { speak } from './capabilities/speak/speak.ts'
import { transcribe } from './capabilities/transcribe/transcribe.ts'
import type { VendorCaller } from './capabilities/vendor-request.ts'
import type { ProviderEntry } from './entry.ts'
import { type Env, environmentSettings } from './environment.ts'
import type { ChatModel, ProviderCalls } from './model.ts'
import { listModels } from './models/list-models.ts'
import { findEntry, sourceOf } from './registry/lists.ts'
import { chatEntryOf } from './stored-entries.ts'
import { tryProvider, wordsOf } from './test-provider.ts'
import { textField } from './untrusted.ts'

export interface ProviderCallsParts {
  config: { get(): ConfigSnapshot }
  env: Env
  call: VendorCaller
  chatModel(entry: ProviderEntry): ChatModel
}

/** One provider, ready to be asked. */
interface Found {
  settings: JsonObject
  capability: string
}

/** What stored providers can do beside chats. Settings are read at every call. */
export function createProviderCalls({ config, env, call, chatModel }: ProviderCallsParts): ProviderCalls {
  const find = (id: string): Found => {
    const now = config.get()
    const stored = findEntry(now.provider, id) ?? findEntry(environmentSettings(env), id)
    if (!stored) throw new AstrBotError('provider_not_found', { id })
    const source = sourceOf(stored, now.provider_sources)
    return { settings: mergedWith(source, stored), capability: capabilityOf(stored, source) }
  }
  const adapter = (settings: JsonObject, signal?: AbortSignal) => new Adapter(settings, call, config.get(), env, signal)
  /** A provider that is switched off does nothing but tests. */
  const usable = (id: string, signal?: AbortSignal) => {
    const { settings } = find(id)
    if (settings.enable === false) throw new AstrBotError('provider_not_found', { id })
    return adapter(settings, signal)
  }
  const chatOf = (id: string, settings: JsonObject): ChatModel => {
    const entry = chatEntryOf(id, settings, config.get(), env)
    if (typeof entry === 'string') throw new AstrBotError('provider_failed', { detail: entry })
    return chatModel(entry)
  }

  return {
    embed: async (id, texts, signal) => embed(usable(id, signal), texts),
    rerank: async (id, query, texts, { top, signal } = {}) => rerank(usable(id, signal), query, texts, top),
    transcribe: async (id, recording, signal) => transcribe(usable(id, signal), recording),
    speak: async (id, text, signal) => speak(usable(id, signal), text),
    async test(id) {
      const { settings, capability } = find(id)
      if (capability === agentRunner) throw new AstrBotError('invalid_provider_type', { type: capability })
      const entry = capability === 'chat_completion' ? chatEntryOf(id, settings, config.get(), env) : undefined
      const model = typeof entry === 'object' ? entry.model : modelOf(settings)
      const error = await tryProvider(capability, {
        chat: () => chatOf(id, settings),
        embed: texts => embed(adapter(settings), texts),
        rerank: (query, texts) => rerank(adapter(settings), query, texts),
        transcribe: recording => transcribe(adapter(settings), recording),
        speak: text => speak(adapter(settings), text),
      })
      return { id, model, type: capability, error }
    },
    async dimension(id, over = {}, signal) {
      const { settings } = find(id)
      const wanted = { ...settings, ...over }
      const type = textField(wanted, 'type')
      if (adapterCapability(type) !== 'embedding') throw new AstrBotError('invalid_provider_type', { type })
      const [vector = []] = await upstream(embed(adapter(wanted, signal), ['astrbot'], { configuredLength: false }))
      return vector.length
    },
    async models(sourceId, signal) {
      const now = config.get()
      const source = findEntry(now.provider_sources, sourceId)
      if (!source) throw new AstrBotError('provider_source_not_found', { id: sourceId })
      const entry = chatEntryOf(sourceId, source, now, env)
      if (typeof entry === 'string') throw new AstrBotError('invalid_provider_source', { id: sourceId })
      return await upstream(listModels(entry, call, signal))
    },
  }
}

/** What the vendor did is no answer of ours: a failure of it is one of the two that say so. */
async function upstream<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof AstrBotError) || !error.code.startsWith('provider_')) throw error
    const detail = wordsOf(error)
    throw error.code === 'provider_timeout'
      ? new AstrBotError('upstream_timeout', {}, error.data)
      : new AstrBotError('upstream_failed', { detail }, error.data)
  }
}

/** Every kind of adapter has its model under a name of its own. */
function modelOf(settings: JsonObject): string {
  const names = ['model', 'embedding_model', 'rerank_model', 'nvidia_rerank_model', 'gemini_tts_model', 'stt_model']
  return names.map(name => textField(settings, name)).find(model => model !== '') ?? ''
}
