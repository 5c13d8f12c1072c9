import type { Clock } from '../clock.ts'
import type { ConfigSnapshot } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { addressPolicy } from './address-policy.ts'
import { createAiSdkApi } from './ai-sdk/ai-sdk-api.ts'
import { createVendorCaller } from './capabilities/vendor-request.ts'
import { createDemoModel } from './demo.ts'
import type { ApiFamily, ProviderEntry } from './entry.ts'
import { type Env, environmentEntries } from './environment.ts'
import { createTransport, type Fetch } from './http-fetch.ts'
import type { AllProviders } from './model.ts'
import { ModelCatalogue } from './models/metadata.ts'
import { createOpenaiApi } from './openai/openai-api.ts'
import { createProviderCalls } from './provider-calls.ts'
import { createResponsesApi } from './responses/responses-api.ts'
import { sleep as realSleep } from './retry.ts'
import { preferredProviderId, storedEntries } from './stored-entries.ts'
import type { VendorApi } from './vendor-call.ts'
import { VendorModel } from './vendor-model.ts'

export interface ProvidersOptions {
  /** Read at every call: a change works at once. */
  config: { get(): ConfigSnapshot }
  env: Env
  log: Logger
  clock: Clock
  /** What is known of models; that of the package alone by default. */
  catalogue?: ModelCatalogue
  /** Takes the place of the built-in HTTP client, and of its proxies. */
  fetch?: Fetch
  /** Waits between tries, and between the words of the demo. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>
  /** From 0 to 1. */
  random?: () => number
}

/** What can be reached under one configuration. */
interface Reach {
  entries: ProviderEntry[]
  defaultEntry: ProviderEntry | undefined
  /** Nobody has set up a model yet. */
  demo: boolean
}

/**
 * The chat models that the configuration and the environment name. The default is the configuration's choice, else the
 * first stored one, else the first of the environment; without any there is the demo.
 */
export function createProviders(options: ProvidersOptions): AllProviders {
  const {
    config,
    env,
    log,
    clock,
    fetch,
    sleep = realSleep,
    random = Math.random,
    catalogue = new ModelCatalogue(),
  } = options
  const policy = addressPolicy(env)
  const transport = fetch ? () => fetch : createTransport(policy)
  const aiSdk = createAiSdkApi(transport)
  const apis: Record<ApiFamily, VendorApi> = {
    openai: createOpenaiApi(transport),
    responses: createResponsesApi(transport),
    anthropic: aiSdk,
    google: aiSdk,
  }
  const demo = createDemoModel(sleep)
  const rotation = new WeakMap<ProviderEntry, number>()
  let read: { config: ConfigSnapshot; reach: Reach } | undefined

  const reach = (): Reach => {
    const now = config.get()
    if (read?.config !== now) read = { config: now, reach: reachOf(now, env, log) }
    return read.reach
  }
  const nextKey = (entry: ProviderEntry) => {
    const turn = rotation.get(entry) ?? 0
    rotation.set(entry, turn + 1)
    return entry.keys[turn % entry.keys.length]
  }
  const modelOf = (entry: ProviderEntry, model?: string) => {
    const contextLimits = (id: string) => catalogue.find(id)?.limit.context
    const parts = { api: apis[entry.api], contextLimits, nextKey: () => nextKey(entry), clock, log, sleep, random }
    return new VendorModel(entry, model || entry.model, parts)
  }
  const call = createVendorCaller({ transport, policy, clock, sleep, random })

  return {
    ...createProviderCalls({ config, env, call, chatModel: modelOf }),
    chatModel({ providerId, model } = {}) {
      const { entries, defaultEntry, demo: nothingElse } = reach()
      if (nothingElse && (!providerId || providerId === demo.providerId)) return demo
      const entry = providerId ? entries.find(({ id }) => id === providerId) : defaultEntry
      if (!entry) {
        throw providerId
          ? new AstrBotError('selected_provider_not_found', { id: providerId })
          : new AstrBotError('no_chat_provider')
      }
      return modelOf(entry, model)
    },
    list() {
      const { entries, defaultEntry, demo: nothingElse } = reach()
      if (nothingElse) return [{ id: 'demo', kind: 'demo', model: 'demo', origin: 'built-in', isDefault: true }]
      return entries.map(entry => {
        const { id, kind, model, origin } = entry
        return { id, kind, model, origin, isDefault: entry === defaultEntry }
      })
    },
    warmUp() {
      const { defaultEntry } = reach()
      if (!defaultEntry) return
      apis[defaultEntry.api].warmUp?.(defaultEntry).catch((error: unknown) => {
        log.warn({ provider: defaultEntry.id, error: String(error) }, 'the default model cannot be prepared')
      })
    },
  }
}

function reachOf(config: ConfigSnapshot, env: Env, log: Logger): Reach {
  const stored = storedEntries(config, env)
  for (const { id, why } of stored.unusable) log.debug({ provider: id, why }, 'a stored chat provider is not in use')
  // A stored provider of the same id takes the place of the environment's, even to switch it off.
  const ids = new Set([...stored.entries, ...stored.unusable].map(({ id }) => id))
  const entries = [...stored.entries, ...environmentEntries(env, config).filter(({ id }) => !ids.has(id))]
  const preferred = preferredProviderId(config)
  return {
    entries,
    defaultEntry: entries.find(({ id }) => id === preferred) ?? entries[0],
    demo: entries.length === 0 && stored.unusable.length === 0,
  }
}
