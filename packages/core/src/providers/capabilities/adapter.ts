import type { ConfigSnapshot } from '../../config/index.ts'
import type { JsonObject } from '../../json.ts'
import type { Env } from '../environment.ts'
import { resolveKeys } from '../keys.ts'
import { proxyFor } from '../proxy.ts'
import { textField } from '../untrusted.ts'
import type { Endpoint, VendorCaller, VendorReply, VendorRequest } from './vendor-request.ts'

/** What an adapter is given: the settings of one provider, and the way to its vendor. */
export class Adapter {
  readonly type: string
  readonly settings: JsonObject
  readonly #call: VendorCaller
  readonly #config: ConfigSnapshot
  readonly #env: Env
  readonly #signal: AbortSignal | undefined

  /** @param settings of the provider, merged with those of its source */
  constructor(settings: JsonObject, call: VendorCaller, config: ConfigSnapshot, env: Env, signal?: AbortSignal) {
    this.type = textField(settings, 'type')
    this.settings = settings
    this.#call = call
    this.#config = config
    this.#env = env
    this.#signal = signal
  }

  /** A text setting; the fallback when it is missing or blank. */
  text(name: string, fallback = ''): string {
    return textField(this.settings, name).trim() || fallback
  }

  /** A number, which may stand in quotes. */
  number(name: string): number | undefined {
    const value = this.settings[name]
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof number === 'number' && Number.isFinite(number) ? number : undefined
  }

  /** A base address without the slash at its end. */
  base(name: string, fallback: string): string {
    return this.text(name, fallback).replace(/\/+$/, '')
  }

  /**
   * Asks the vendor.
   * @param keySetting where the key stands
   */
  ask(keySetting: string, request: (key: string | undefined) => VendorRequest): Promise<VendorReply> {
    const seconds = this.number(this.type === 'gemini_tts' ? 'gemini_tts_timeout' : 'timeout') ?? 0
    const keys = this.#keys(keySetting)
    const { url } = request(keys[0])
    const endpoint: Endpoint = {
      keys,
      timeoutMs: (seconds > 0 ? seconds : 20) * 1000,
      proxy: proxyFor(url, this.text('proxy'), this.#config, this.#env),
    }
    return this.#call(endpoint, request, this.#signal)
  }

  #keys(setting: string): string[] {
    const keys = resolveKeys(this.settings[setting], this.#env)
    return keys.length === 0 && setting !== '' && dashscope.has(this.type)
      ? resolveKeys('$DASHSCOPE_API_KEY', this.#env)
      : keys
  }
}

/** Adapters that look for their key in the environment when they have none. */
const dashscope = new Set(['dashscope_embedding', 'dashscope_tts', 'bailian_rerank'])

/** The header most vendors want a key in; none without a key. */
export function bearer(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` }
}

/** An address as OpenAI-compatible services have it: with a version at its end. */
export function versioned(base: string): string {
  return /\/v\d+\w*$/.test(base) ? base : `${base}/v1`
}
