import { systemClock } from '../clock.ts'
import { type ConfigSnapshot, defaultConfig } from '../config/index.ts'
import type { JsonObject } from '../json.ts'
import { silentLog } from '../log.ts'
import { createProviders, type ProvidersOptions } from './create-providers.ts'
import type { AllProviders, ChatModel, LlmMessage, ModelEvent, ModelRequest } from './model.ts'

/** A configuration with these providers. */
export function configWith(sources: JsonObject[], providers: JsonObject[], preferred = ''): ConfigSnapshot {
  const runner = { runner_type: 'local', config: { model: { provider_id: preferred } } }
  // The default tree has every key that the type promises.
  const defaults = defaultConfig as unknown as ConfigSnapshot
  return { ...defaults, provider_sources: sources, provider: providers, agent_runner: runner }
}

/** The default document, to be changed freely. */
export function copyOfDefaults(): JsonObject {
  return structuredClone(defaultConfig)
}

/** Providers that never wait between tries, unless told otherwise. */
export function testProviders(config: ConfigSnapshot, options: Partial<ProvidersOptions> = {}): AllProviders {
  const parts = { env: {}, log: silentLog, clock: systemClock, sleep: async () => {}, random: () => 1 }
  return createProviders({ config: { get: () => config }, ...parts, ...options })
}

/** The four families of APIs, each as a stored source that points at a model server. */
export const vendors = ['openai', 'responses', 'anthropic', 'gemini'] as const
export type Vendor = (typeof vendors)[number]

const sources = {
  openai: { type: 'openai_chat_completion', path: '/v1' },
  responses: { type: 'openai_responses', path: '/v1' },
  anthropic: { type: 'anthropic_chat_completion', path: '' },
  gemini: { type: 'googlegenai_chat_completion', path: '' },
}

export interface VendorModelOptions extends Partial<ProvidersOptions> {
  /** Joins the stored source. */
  source?: JsonObject
  /** Joins the stored provider. */
  provider?: JsonObject
  model?: string
}

/** The only provider of a bot, of that vendor at that address. */
export function vendorModel(vendor: Vendor, url: string, options: VendorModelOptions = {}): ChatModel {
  const { source, provider, model = 'echo', ...rest } = options
  const { type, path } = sources[vendor]
  const config = configWith(
    [{ id: 's', type, key: ['key-1'], api_base: url + path, ...source }],
    [{ id: 'p', provider_source_id: 's', model, enable: true, ...provider }],
  )
  return testProviders(config, rest).chatModel()
}

/** A request with one user message. */
export function asking(text: string, more: Partial<ModelRequest> = {}): ModelRequest {
  const messages: LlmMessage[] = [{ role: 'user', content: text }]
  return { messages, streaming: true, signal: new AbortController().signal, ...more }
}

/** An answer put together. */
export interface Answer {
  text: string
  reasoning: string
  calls: { id: string; name: string; args: unknown }[]
  finish: Extract<ModelEvent, { type: 'finish' }> | undefined
  events: ModelEvent[]
}

export async function collect(events: AsyncIterable<ModelEvent>): Promise<Answer> {
  const answer: Answer = { text: '', reasoning: '', calls: [], finish: undefined, events: [] }
  for await (const event of events) {
    answer.events.push(event)
    if (event.type === 'text') answer.text += event.text
    else if (event.type === 'reasoning') answer.reasoning += event.text
    else if (event.type === 'finish') answer.finish = event
    else answer.calls.push({ id: event.id, name: event.name, args: JSON.parse(event.args) })
  }
  return answer
}

/** Waits until something holds. */
export async function until(holds: () => boolean, ms = 15_000): Promise<void> {
  for (const end = Date.now() + ms; !holds(); ) {
    if (Date.now() > end) throw new Error('it never came about')
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
