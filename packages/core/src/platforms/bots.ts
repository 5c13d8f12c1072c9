import type { Schemas } from '@astrbot/contract'
import {
  botForm,
  type Configuration,
  findEntry,
  idOf,
  type Language,
  objectsOf,
  putEntry,
  redact,
  unmaskSettings,
} from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import { createTransport, type Env } from '../providers/index.ts'
import { isoTime, isoTimeOrNull } from '../time.ts'
import type { PlatformInstance } from './instance.ts'
import { starterOf, titleOf } from './kinds.ts'
import type { Platforms } from './platforms.ts'
import { register } from './registration/registration.ts'
import type { Registered } from './registration/step.ts'
import type { VendorAccess } from './registration/vendor-call.ts'
import { type BotSettings, botSettings, castBot, withWebhook } from './settings.ts'

/** Who asks. */
export interface BotCaller {
  /** An API key sees and keeps masks in place of secrets, and no stack traces. */
  byKey: boolean
}

export interface BotFilter {
  enabled?: boolean | undefined
  type?: string | undefined
}

export interface BotsOptions {
  config: Configuration
  platforms: Platforms
  ids: Ids
  /**
   * `ASTRBOT_REGISTRATION_ORIGINS`: origins, separated by commas, that registrations may call beside the vendors' own.
   * `DINGTALK_REGISTRATION_BASE_URL`, `DINGTALK_REGISTRATION_SOURCE`: what DingTalk's registration goes by.
   */
  env: Env
}

const testPatienceMs = 10_000

/** The stored bots: what `platform` of the default profile holds. Every change has taken effect when it is answered. */
export class Bots {
  readonly #config: Configuration
  readonly #platforms: Platforms
  readonly #ids: Ids
  readonly #env: Env
  readonly #access: VendorAccess

  constructor({ config, platforms, ids, env }: BotsOptions) {
    this.#config = config
    this.#platforms = platforms
    this.#ids = ids
    this.#env = env
    const allowed = (env['ASTRBOT_REGISTRATION_ORIGINS'] ?? '').split(',').map(text => text.trim())
    this.#access = {
      fetchPublic: createTransport({ privateAddresses: 'refuse' })(''),
      fetchAny: createTransport()(''),
      allowedOrigins: new Set(allowed.flatMap(text => (URL.canParse(text) ? [new URL(text).origin] : []))),
    }
  }

  list({ enabled, type }: BotFilter, caller: BotCaller): BotSettings[] {
    const wanted = this.#shown(caller).filter(bot => enabled === undefined || bot.enable === enabled)
    return type === undefined || type === '' ? wanted : wanted.filter(bot => bot['type'] === type)
  }

  /** @throws bot_not_found */
  get(id: string, caller: BotCaller): BotSettings {
    const found = this.#shown(caller).find(bot => bot.id === id)
    if (!found) throw new AstrBotError('bot_not_found', { id })
    return found
  }

  /** @throws bot_exists, invalid_bot_id, invalid_bot_type, validation_failed */
  async create(body: JsonObject, { byKey }: BotCaller): Promise<void> {
    const wanted = botSettings(body)
    const settings = unmaskSettings(wanted, { list: 'platform', known: [], pepper: this.#pepper, byKey })
    await this.#config.update(draft => {
      if (findEntry(draft.platform, settings.id)) throw new AstrBotError('bot_exists', { id: settings.id })
      draft.platform.push(withWebhook(castBot(settings), this.#ids))
    })
    await this.#platforms.settled()
  }

  /**
   * Replaces the settings of a bot and connects it anew.
   * @throws bot_not_found, invalid_bot_id, invalid_bot_type, validation_failed
   */
  async update(id: string, body: JsonObject, { byKey }: BotCaller): Promise<void> {
    const before = this.#platforms.find(id)
    await this.#config.update(draft => {
      const stored = findEntry(draft.platform, id)
      if (!stored) throw new AstrBotError('bot_not_found', { id })
      const wanted = botSettings(body, stored)
      const settings = unmaskSettings(wanted, { list: 'platform', known: [stored], pepper: this.#pepper, byKey })
      putEntry(draft.platform, id, withWebhook(castBot(settings), this.#ids))
    })
    await this.#platforms.settled()
    // Nothing has changed; whoever saves all the same wants another connection.
    if (before && this.#platforms.find(id) === before) await this.#platforms.restart(id)
  }

  /** @throws bot_not_found */
  async setEnabled(id: string, enabled: boolean): Promise<void> {
    await this.#config.update(draft => {
      const stored = findEntry(draft.platform, id)
      if (!stored) throw new AstrBotError('bot_not_found', { id })
      putEntry(draft.platform, id, { ...stored, enable: enabled })
    })
    await this.#platforms.settled()
  }

  /** @throws bot_not_found */
  async delete(id: string): Promise<void> {
    await this.#config.update(draft => {
      if (!findEntry(draft.platform, id)) throw new AstrBotError('bot_not_found', { id })
      draft.platform = draft.platform.filter(entry => idOf(entry) !== id)
    })
    await this.#platforms.settled()
  }

  /**
   * Whether a bot reaches its platform.
   * @throws bot_not_found
   */
  async test(id: string): Promise<Schemas['BotTest']> {
    const instance = this.#platforms.find(id)
    if (!instance) {
      if (!findEntry(this.#config.get().platform, id)) throw new AstrBotError('bot_not_found', { id })
      return { id, status: 'unsupported', error: null }
    }
    if (!instance.adapter) return { id, status: 'unavailable', error: instance.lastError?.message ?? 'not connected' }
    if (!instance.adapter.test) return { id, status: 'unsupported', error: null }
    const patience = Promise.withResolvers<never>()
    const timer = setTimeout(() => patience.reject(new Error('no answer in time')), testPatienceMs)
    try {
      await Promise.race([instance.adapter.test(), patience.promise])
      return { id, status: 'available', error: null }
    } catch (error) {
      return { id, status: 'unavailable', error: error instanceof Error ? error.message : String(error) }
    } finally {
      clearTimeout(timer)
    }
  }

  /** How the bots do that are to run. */
  report({ byKey }: BotCaller): Schemas['BotStatusReport'] {
    const platforms = this.#platforms.running().map(instance => statusView(instance, byKey))
    const count = (status: string) => platforms.filter(platform => platform.status === status).length
    const total_errors = platforms.reduce((sum, { error_count }) => sum + error_count, 0)
    const summary = { total: platforms.length, running: count('running'), error: count('error'), total_errors }
    return { platforms, summary }
  }

  /** The platforms that bots can be made for, with the fields of their forms. */
  types(language: Language): Schemas['BotType'][] {
    const { items } = botForm(language).form
    return [...this.#platforms.kinds.values()].map(({ type, displayName, description, streaming, proactive }) => {
      const starter = starterOf(type)
      const fields = Object.entries(items).filter(([key]) => starter !== null && key in starter)
      return {
        type,
        id: type,
        description,
        display_name: titleOf(type) ?? displayName,
        default_config: starter as Schemas['BotType']['default_config'],
        schema: Object.fromEntries(fields) as Schemas['BotType']['schema'],
        support_streaming_message: streaming,
        support_proactive_message: proactive,
      }
    })
  }

  /**
   * Carries out one step of registering an app with a vendor. Nothing is stored.
   * @throws bot_type_not_found, invalid_registration_code, invalid_host, upstream_failed, upstream_timeout
   */
  register(type: string, request: Schemas['BotRegistrationRequest']): Promise<Registered> {
    return register(type, request, { access: this.#access, env: this.#env, ids: this.#ids })
  }

  get #pepper(): string {
    return this.#config.get().dashboard.jwt_secret
  }

  #shown({ byKey }: BotCaller): BotSettings[] {
    const bots = objectsOf(this.#config.get().platform).map(entry => {
      const settings = castBot(entry)
      return { ...settings, id: idOf(entry), enable: settings['enable'] === true }
    })
    if (!byKey) return bots
    const masked = redact({ platform: bots }, this.#pepper)['platform']
    return Array.isArray(masked) ? (masked.filter(isJsonObject) as BotSettings[]) : []
  }
}

function statusView(instance: PlatformInstance, byKey: boolean): Schemas['BotStatus'] {
  const { id, kind, status, startedAt, errorCount, lastError, takesWebhook } = instance
  return {
    id,
    type: kind.type,
    display_name: kind.displayName,
    status,
    started_at: isoTimeOrNull(startedAt),
    error_count: errorCount,
    last_error: lastError && {
      message: lastError.message,
      timestamp: isoTime(lastError.at),
      traceback: byKey ? null : (lastError.stack ?? null),
    },
    unified_webhook: takesWebhook,
    meta: {
      id,
      name: kind.type,
      display_name: kind.displayName,
      description: kind.description,
      support_streaming_message: kind.streaming,
      support_proactive_message: kind.proactive,
    },
  }
}
