import type { Schemas } from '@astrbot/contract'
import type { Kysely } from 'kysely'
import type { Clock } from '../clock.ts'
import type { ConfigSnapshot } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import { isJsonObject, type Json } from '../json.ts'
import type { Logger } from '../log.ts'
import type { Origins } from '../origins/index.ts'
import { type PageRequest, pageSlice } from '../paging.ts'
import type { Personas } from '../personas/index.ts'
import type { Preferences } from '../preferences/index.ts'
import type { Providers } from '../providers/index.ts'
import type { Database, Store } from '../store/index.ts'
import { invalid } from '../validation.ts'
import { type ProviderType, providerChoices } from './choices.ts'
import { createSessionGroups, type SessionGroups } from './groups.ts'
import { type RuleKey, ruleKeys, rulesAmong, type SessionRules, serviceRule } from './rule-set.ts'
import { countSessions, rulesOf, type SessionFilter, selectPlatforms, selectSessions } from './store.ts'
import { type SessionTargets, targetsOf } from './targets.ts'
import { sessionStatus } from './views.ts'

/** What became of a change to several sessions. */
export interface BatchOutcome {
  succeeded: number
  failed: string[]
}

type Switches = Pick<Schemas['BatchSessionServiceRequest'], 'session_enabled' | 'llm_enabled' | 'tts_enabled'>

/** Message origins as a whole: their rules, their groups, and lists of them. */
export interface Sessions {
  readonly groups: SessionGroups
  /** One page of the known sessions, by origin, with what is switched on for each. */
  list(filter: SessionFilter, page: PageRequest): Promise<Schemas['SessionPage']>
  /** Every known origin, by origin. */
  origins(): Promise<Schemas['ActiveUmos']>
  /** One page of the sessions that have rules, with everything a rule can name. */
  listRules(filter: SessionFilter, page: PageRequest): Promise<Schemas['SessionRulePage']>
  /** The rules of a session. */
  rules(umo: string): Promise<SessionRules>
  /** Stores a rule in place of the one of this kind. */
  setRule(umo: string, key: RuleKey, value: Json): Promise<void>
  /** Deletes one kind of rule of a session, or all; one that does not exist is gone already. */
  clearRules(umo: string, key: RuleKey | undefined): Promise<void>
  /** The same for several sessions. @throws see `targetsOf` */
  deleteRules(targets: SessionTargets, key: RuleKey | undefined): Promise<BatchOutcome>
  /** @throws provider_not_found, and see `targetsOf` */
  setProvider(targets: SessionTargets, type: ProviderType, providerId: string): Promise<BatchOutcome>
  /** Sets the named switches and leaves the others. @throws validation_failed without any, and see `targetsOf` */
  setSwitches(targets: SessionTargets, switches: Switches): Promise<BatchOutcome>
  /** Deletes what is kept of an origin: preferences, names, memberships. */
  forget(umo: string, db?: Kysely<Database>): Promise<void>
}

export interface SessionServices {
  store: Store
  preferences: Preferences
  origins: Origins
  personas: Pick<Personas, 'list'>
  providers: Pick<Providers, 'list'>
  config: { get(): ConfigSnapshot }
  clock: Clock
  ids: Ids
  log: Logger
}

export function createSessions(services: SessionServices): Sessions {
  const { store, preferences, origins, personas, providers, config, clock, ids, log } = services
  const { db, dialect } = store
  const groups = createSessionGroups(store, clock, ids)
  const scopeOf = (umo: string) => ({ scope: 'umo', scopeId: umo })
  const choices = (type: ProviderType) => providerChoices(providers, config.get(), type)
  const availableProviders = () => ({
    available_chat_providers: choices('chat_completion'),
    available_tts_providers: choices('text_to_speech'),
    available_stt_providers: choices('speech_to_text'),
  })

  const clearRules = (umo: string, key: RuleKey | undefined) =>
    preferences.deleteAll(scopeOf(umo), key ? [key] : ruleKeys)

  /** One after another; a failure at one does not stop the others. */
  async function forEach(umos: readonly string[], change: (umo: string) => Promise<void>): Promise<BatchOutcome> {
    const failed: string[] = []
    for (const umo of umos) {
      try {
        await change(umo)
      } catch (error) {
        log.error({ err: error, umo }, 'a session was not changed')
        failed.push(umo)
      }
    }
    return { succeeded: umos.length - failed.length, failed }
  }

  return {
    groups,

    async list(filter, request) {
      const { page, pageSize, offset } = pageSlice(request, 20)
      const umos = await selectSessions(db, dialect, 'known', filter, { limit: pageSize, offset })
      const stored = await rulesOf(db, umos)
      const infos = await origins.infos(umos)
      return {
        sessions: infos.map(info => sessionStatus(info, rulesAmong(stored.get(info.umo) ?? new Map()))),
        total: await countSessions(db, dialect, 'known', filter),
        page,
        page_size: pageSize,
        platforms: await selectPlatforms(db, dialect, filter),
        ...availableProviders(),
      }
    },

    async origins() {
      const umos = await selectSessions(db, dialect, 'known', {})
      return { umos, umo_infos: await origins.infos(umos) }
    },

    async listRules(filter, request) {
      const { page, pageSize, offset } = pageSlice(request, 10)
      const umos = await selectSessions(db, dialect, 'ruled', filter, { limit: pageSize, offset })
      const stored = await rulesOf(db, umos)
      const infos = await origins.infos(umos)
      return {
        rules: infos.map(info => ({ ...info, rules: rulesAmong(stored.get(info.umo) ?? new Map()) })),
        total: await countSessions(db, dialect, 'ruled', filter),
        page,
        page_size: pageSize,
        available_personas: (await personas.list()).map(({ persona_id, system_prompt }) => ({
          name: persona_id,
          prompt: system_prompt,
        })),
        ...availableProviders(),
        // Nothing to offer until there are plugins and knowledge bases; rules may name them already.
        available_plugins: [],
        available_kbs: [],
        available_rule_keys: [...ruleKeys],
      }
    },

    rules: async umo => rulesAmong(await preferences.list(scopeOf(umo))),

    setRule: (umo, key, value) => preferences.set(scopeOf(umo), key, value),

    clearRules,

    async deleteRules(targets, key) {
      const umos = await targetsOf(store, groups, targets)
      return forEach(umos, umo => clearRules(umo, key))
    },

    async setProvider(targets, type, providerId) {
      const umos = await targetsOf(store, groups, targets)
      if (!choices(type).some(({ id }) => id === providerId)) {
        throw new AstrBotError('provider_not_found', { id: providerId })
      }
      return forEach(umos, umo => preferences.set(scopeOf(umo), `provider_perf_${type}`, providerId))
    },

    async setSwitches(targets, { session_enabled, llm_enabled, tts_enabled }) {
      const changes = Object.entries({ session_enabled, llm_enabled, tts_enabled }).filter(
        (entry): entry is [string, boolean] => typeof entry[1] === 'boolean',
      )
      if (changes.length === 0) throw invalid('body', 'expected at least one switch')
      const umos = await targetsOf(store, groups, targets)
      return forEach(umos, umo =>
        preferences.change(scopeOf(umo), serviceRule, value => ({
          ...(isJsonObject(value) && value),
          ...Object.fromEntries(changes),
        })),
      )
    },

    async forget(umo, transaction = db) {
      await preferences.within(transaction).deleteAll(scopeOf(umo))
      await origins.forget(umo, transaction)
      await groups.forget(umo, transaction)
    },
  }
}
