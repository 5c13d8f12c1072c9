import type { components } from '../generated/types.ts'
import type { Transport } from '../http/transport.ts'
import type { RequestOptions } from '../options.ts'

export type Provider = components['schemas']['Provider']

/** An endpoint that speaks OpenAI's API, and the models to use of it. */
export interface OpenAICompatible {
  /** Id of the source; its models become `<id>/<model>`. */
  id: string
  /** Up to and with `/v1`: `https://api.deepseek.com/v1`. */
  baseUrl: string
  /** One key, or several that take turns; `$NAME` is an environment variable of the server. */
  apiKey?: string | readonly string[] | undefined
  models: readonly string[]
  /** Seconds without a word after which a call fails; 120 unless given. */
  timeout?: number | undefined
  headers?: Record<string, string> | undefined
  /** `http://[user:password@]host:port` */
  proxy?: string | undefined
}

/** How the trial of a provider came out. */
export interface ProviderTrial {
  ok: boolean
  id: string
  model: string | null
  /** Why it failed, in words; null when it did not. */
  error: string | null
}

/** The models a server can reach. Needs the scope `provider`. */
export interface Providers {
  /** The providers, their sources' settings included; `capability` is `chat`, `embedding`, `rerank`, `stt` or `tts`. */
  list(options?: RequestOptions & { capability?: string | undefined }): Promise<Provider[]>
  /**
   * Stores an endpoint and its models, ready for use. All of it or nothing. Answers the ids of the providers.
   * @throws ConflictError when the id is taken, ValidationError
   * @example
   * const [id] = await client.providers.addOpenAICompatible({
   *   id: 'deepseek',
   *   baseUrl: 'https://api.deepseek.com/v1',
   *   apiKey: 'sk-…',
   *   models: ['deepseek-chat'],
   * })
   */
  addOpenAICompatible(endpoint: OpenAICompatible, options?: RequestOptions): Promise<string[]>
  /** One real, small call; failure is an answer, not an exception. @throws NotFoundError */
  test(id: string, options?: RequestOptions): Promise<ProviderTrial>
}

const sources = '/api/v1/provider-sources'
const all = '/api/v1/providers'

export function createProviders(transport: Transport): Providers {
  return {
    async list({ capability, ...options } = {}) {
      const found = await transport.call('GET', all, { ...options, params: { query: { capability } } })
      // The boundary: typed by the contract.
      return (found as { providers: Provider[] }).providers
    },
    async addOpenAICompatible({ id, baseUrl, apiKey = [], models, timeout, headers, proxy }, options) {
      const source = {
        id,
        provider: id,
        type: 'openai_chat_completion',
        provider_type: 'chat_completion',
        enable: true,
        key: [apiKey].flat(),
        api_base: baseUrl,
        timeout,
        custom_headers: headers,
        proxy,
      }
      await transport.call('POST', sources, { ...options, body: { config: source } })
      try {
        for (const model of models) {
          const config = { id: `${id}/${model}`, model, provider_source_id: id, enable: true }
          await transport.call('POST', all, { ...options, body: { config } })
        }
      } catch (error) {
        // Its models go with it.
        await transport.call('DELETE', `${sources}/by-id`, { params: { query: { source_id: id } } }).catch(() => {})
        throw error
      }
      return models.map(model => `${id}/${model}`)
    },
    async test(id, options) {
      const body = { provider_id: id }
      const trial = (await transport.call('POST', `${all}/test`, { ...options, body })) as Omit<ProviderTrial, 'ok'>
      const { model, error } = trial
      return { ok: error === null, id, model, error }
    },
  }
}
