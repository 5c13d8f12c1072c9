import type { ConfigSnapshot } from '../config/index.ts'
import type { JsonObject } from '../json.ts'
import type { ProviderEntry } from './entry.ts'
import { resolveKeys } from './keys.ts'
import { providerKind, tidyBaseUrl } from './kinds.ts'
import { proxyFor } from './proxy.ts'

/** Environment variables, given by whoever starts the bot. */
export type Env = Readonly<Record<string, string | undefined>>

const defaultTimeoutMs = 120_000

/** The providers that the environment names, in a fixed order. */
export function environmentEntries(env: Env, config: ConfigSnapshot): ProviderEntry[] {
  return namedByEnvironment(env).map(found => ({ ...found, proxy: proxyFor(found.baseUrl, '', config, env) }))
}

function namedByEnvironment(env: Env): ProviderEntry[] {
  const { OPENAI_API_KEY, OPENAI_BASE_URL, ANTHROPIC_API_KEY, GEMINI_API_KEY, GOOGLE_API_KEY, OLLAMA_HOST } = env
  const entries: ProviderEntry[] = []
  if (OPENAI_API_KEY || OPENAI_BASE_URL) {
    const model = env.OPENAI_MODEL || 'gpt-6-luna'
    entries.push(entry('openai', 'openai_chat_completion', model, OPENAI_API_KEY, OPENAI_BASE_URL))
  }
  if (ANTHROPIC_API_KEY) {
    const model = env.ANTHROPIC_MODEL || 'claude-sonnet-5-5'
    entries.push(entry('anthropic', 'anthropic_chat_completion', model, ANTHROPIC_API_KEY, env.ANTHROPIC_BASE_URL))
  }
  const geminiKey = GEMINI_API_KEY || GOOGLE_API_KEY
  if (geminiKey) {
    const model = env.GEMINI_MODEL || 'gemini-flash-latest'
    entries.push(entry('gemini', 'googlegenai_chat_completion', model, geminiKey, env.GEMINI_BASE_URL))
  }
  if (OLLAMA_HOST) {
    const model = env.OLLAMA_MODEL || 'llama3.2'
    entries.push(entry('ollama', 'openai_chat_completion', model, undefined, `${ollamaUrl(OLLAMA_HOST)}/v1`))
  }
  return entries
}

/**
 * The same providers as settings, ready to be stored. Keys stand there by the names of their variables, which is how
 * they are looked up; nothing secret is in them.
 */
export function environmentSettings(env: Env): JsonObject[] {
  const keys: Readonly<Record<string, string>> = {
    openai: 'OPENAI_API_KEY',
    anthropic: 'ANTHROPIC_API_KEY',
    gemini: env.GEMINI_API_KEY ? 'GEMINI_API_KEY' : 'GOOGLE_API_KEY',
  }
  return namedByEnvironment(env).map(({ id, kind, model, baseUrl }) => {
    const vendor = id.slice(0, id.indexOf('/'))
    const variable = keys[vendor]
    return {
      id,
      type: kind,
      provider_type: 'chat_completion',
      provider: vendor === 'gemini' ? 'google' : vendor,
      enable: true,
      key: variable !== undefined && env[variable] ? [`$${variable}`] : [],
      api_base: baseUrl,
      model,
    }
  })
}

function entry(
  vendor: string,
  type: string,
  model: string,
  key: string | undefined,
  url: string | undefined,
): ProviderEntry {
  const kind = providerKind(type) ?? { api: 'openai', baseUrl: '' }
  return {
    id: `${vendor}/${model}`,
    kind: type,
    origin: 'environment',
    api: kind.api,
    model,
    baseUrl: tidyBaseUrl(kind, url || kind.baseUrl),
    keys: resolveKeys(key, {}),
    bearer: false,
    headers: {},
    extraBody: {},
    timeoutMs: defaultTimeoutMs,
    proxy: '',
    modalities: [],
    maxContextTokens: 0,
    options: {},
  }
}

/** Ollama's own notation: scheme and port may be missing, and the address it listens on may be "everywhere". */
function ollamaUrl(host: string): string {
  const [, scheme, rest = ''] = /^(https?:\/\/)?(.*?)\/*$/i.exec(host.trim()) ?? []
  const named = rest.replace(/^0\.0\.0\.0(?=:|$)/, '127.0.0.1').replace(/^:/, '127.0.0.1:')
  return scheme ? `${scheme}${named}` : `http://${/:\d+$/.test(named) ? named : `${named}:11434`}`
}
