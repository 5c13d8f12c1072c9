import type { ConfigSnapshot, DeepReadonly } from '../config/index.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { capabilityOf, mergedWith } from './adapters.ts'
import type { ProviderEntry } from './entry.ts'
import type { Env } from './environment.ts'
import { resolveKeys } from './keys.ts'
import { providerKind, tidyBaseUrl } from './kinds.ts'
import { proxyFor } from './proxy.ts'
import { textField } from './untrusted.ts'

/** The chat providers of a configuration document. */
export interface StoredProviders {
  /** Enabled ones of a kind that this program has, in stored order. */
  entries: ProviderEntry[]
  /** Chat providers that cannot be used, and why. */
  unusable: { id: string; why: string }[]
}

/** Reads the chat providers of the configuration: each merged over its source. */
export function storedEntries(config: ConfigSnapshot, env: Env): StoredProviders {
  const sources = new Map(objects(config.provider_sources).map(source => [source.id, source]))
  const result: StoredProviders = { entries: [], unusable: [] }
  for (const provider of objects(config.provider)) {
    const source = sources.get(provider.provider_source_id ?? '')
    const merged = mergedWith(source, provider)
    if (capabilityOf(provider, source) !== 'chat_completion') continue
    const id = typeof merged.id === 'number' ? String(merged.id) : text(merged.id)
    const found = merged.enable === false ? 'it is disabled' : chatEntryOf(id, merged, config, env)
    if (typeof found === 'string') result.unusable.push({ id, why: found })
    else result.entries.push(found)
  }
  return result
}

/** The id of the chat provider that the configuration prefers, or an empty text. */
export function preferredProviderId(config: ConfigSnapshot): string {
  const { model } = config.agent_runner.config
  const settings: DeepReadonly<JsonObject> = config.provider_settings
  // The second is where documents before version 5 have it.
  return (isJsonObject(model) && text(model.provider_id)) || text(settings.default_provider_id)
}

/** A chat model from its settings, merged with those of its source; or why it cannot be used. */
export function chatEntryOf(id: string, merged: JsonObject, config: ConfigSnapshot, env: Env): ProviderEntry | string {
  const type = text(merged.type)
  const kind = providerKind(type)
  if (!id) return 'it has no id'
  if (!kind) return type ? `no adapter for the type ${type}` : 'it has no type'
  const legacy = isJsonObject(merged.model_config) ? merged.model_config : {}
  if (textField(merged, 'api_version') && !text(merged.api_base).trim())
    return 'it has no api_base: every Azure resource has its own'
  const baseUrl = tidyBaseUrl(kind, (!kind.fixedBaseUrl && text(merged.api_base)) || kind.baseUrl)
  return {
    id,
    kind: type,
    origin: 'stored',
    api: kind.api,
    model: text(merged.model) || text(legacy.model) || (kind.model ?? ''),
    baseUrl,
    keys: resolveKeys(merged.key, env),
    bearer: kind.bearer ?? false,
    headers: { ...kind.headers, ...headers(merged.custom_headers) },
    extraBody: isJsonObject(merged.custom_extra_body) ? merged.custom_extra_body : {},
    timeoutMs: positive(merged.timeout, 120) * 1000,
    proxy: proxyFor(baseUrl, text(merged.proxy).trim(), config, env),
    modalities: Array.isArray(merged.modalities) ? merged.modalities.filter(item => typeof item === 'string') : [],
    maxContextTokens: positive(merged.max_context_tokens, 0),
    options: merged,
  }
}

function objects(list: readonly DeepReadonly<Json>[]): JsonObject[] {
  return list.filter(item => isJsonObject(item))
}

function text(value: DeepReadonly<Json> | undefined): string {
  return typeof value === 'string' ? value : ''
}

function positive(value: Json | undefined, fallback: number): number {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : fallback
}

function headers(value: Json | undefined): Record<string, string> {
  const entries = isJsonObject(value) ? Object.entries(value) : []
  const usable = entries.filter(([, content]) => typeof content === 'string' || typeof content === 'number')
  return Object.fromEntries(usable.map(([name, content]) => [name.toLowerCase(), String(content)]))
}
