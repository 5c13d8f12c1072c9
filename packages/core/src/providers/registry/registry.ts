import { type Configuration, unmaskSettings } from '../../config/index.ts'
import { AstrBotError } from '../../errors.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Preferences } from '../../preferences/index.ts'
import { adapterCapability, agentRunner, capabilityName, capabilityOf, mergedWith } from '../adapters.ts'
import { type Env, environmentSettings } from '../environment.ts'
import { refuseLeak } from './leaks.ts'
import { findEntry, idOf, objectsOf, putEntry, sourceOf } from './lists.ts'
import { followMoves, type Moves, movedTo } from './references.ts'
import { providerSettings, sourceSettings } from './settings.ts'
import { boundSource, createViews, masked, mergedView } from './views.ts'

/** Who asks. */
export interface RegistryCaller {
  /** An API key sees and keeps masks in place of secrets. */
  byKey: boolean
}

export interface ProviderFilter {
  /** `chat`, `stt`, … or an internal name. */
  capability?: string | undefined
  sourceId?: string | undefined
  enabled?: boolean | undefined
}

/** What else a change touched: how many settings and rules named a provider that moved or went. */
export interface Touched {
  references: number
  /** Providers that went with their source. */
  providers: number
}

/** Lets a part of the program follow providers that got another id or are gone; answers how many places it changed. */
export type MoveFollower = (moves: Moves) => Promise<number>

export interface RegistryOptions {
  config: Configuration
  preferences: Preferences
  env: Env
}

const sessionRules = ['provider_perf_chat_completion', 'provider_perf_speech_to_text', 'provider_perf_text_to_speech']

/**
 * The stored sources and providers: what `provider_sources` and `provider` of the default profile hold, and, last in
 * lists, what the environment names. Changing one of the latter stores a copy that takes its place.
 */
export class ProviderRegistry {
  readonly #config: Configuration
  readonly #preferences: Preferences
  readonly #env: Env
  readonly #view: ReturnType<typeof createViews>
  readonly #followers: MoveFollower[] = []

  constructor({ config, preferences, env }: RegistryOptions) {
    this.#config = config
    this.#preferences = preferences
    this.#env = env
    this.#view = createViews(env)
  }

  /** Registers who keeps ids of providers outside of the configuration and of session rules. */
  onMove(follower: MoveFollower): void {
    this.#followers.push(follower)
  }

  sources(caller: RegistryCaller): JsonObject[] {
    return this.#shown(this.#view(this.#config.get()).sources, caller)
  }

  /** @throws provider_source_not_found */
  source(id: string, caller: RegistryCaller): JsonObject {
    const found = findEntry(this.#view(this.#config.get()).sources, id)
    if (!found) throw new AstrBotError('provider_source_not_found', { id })
    return this.#shown([found], caller)[0] ?? found
  }

  /** @throws provider_source_exists, validation_failed */
  async createSource(body: JsonObject, caller: RegistryCaller): Promise<void> {
    const wanted = sourceSettings(body)
    const options = { list: 'provider_sources', known: [], pepper: this.#pepper, byKey: caller.byKey } as const
    const source = unmaskSettings(wanted, options)
    await this.#config.update(draft => {
      if (findEntry(draft.provider_sources, source.id))
        throw new AstrBotError('provider_source_exists', { id: source.id })
      if (caller.byKey) refuseLeaksOf(draft.provider, wanted, source, undefined)
      draft.provider_sources.push(source)
    })
  }

  /**
   * Replaces the settings of a source, or makes it. Its providers follow a new id.
   * @throws provider_source_exists, validation_failed
   */
  async putSource(id: string, body: JsonObject, caller: RegistryCaller): Promise<void> {
    const wanted = sourceSettings(body, id)
    await this.#config.update(draft => {
      const stored = findEntry(draft.provider_sources, id)
      if (wanted.id !== id && findEntry(draft.provider_sources, wanted.id))
        throw new AstrBotError('provider_source_exists', { id: wanted.id })
      const known = stored ? [stored] : []
      const options = { list: 'provider_sources', known, pepper: this.#pepper, byKey: caller.byKey } as const
      const next = unmaskSettings(wanted, options)
      if (caller.byKey) refuseLeaksOf(draft.provider, wanted, next, stored)
      putEntry(draft.provider_sources, id, next)
      for (const provider of objectsOf(draft.provider))
        if (stored && provider.provider_source_id === id) provider.provider_source_id = wanted.id
    })
  }

  /**
   * Removes a source with its providers, and clears what referred to them.
   * @throws provider_source_not_found
   */
  async deleteSource(id: string): Promise<Touched> {
    const moves = new Map<string, null>()
    const references = await this.#config.update(draft => {
      if (!findEntry(draft.provider_sources, id)) throw new AstrBotError('provider_source_not_found', { id })
      const gone = objectsOf(draft.provider).filter(provider => provider.provider_source_id === id)
      for (const provider of gone) moves.set(idOf(provider), null)
      draft.provider_sources = draft.provider_sources.filter(source => idOf(source) !== id)
      draft.provider = draft.provider.filter(provider => !gone.some(one => one === provider))
      return followMoves(draft, moves)
    })
    return { references: references + (await this.#follow(moves)), providers: moves.size }
  }

  /** The providers that pass a filter, merged with their sources; agent runners left out. */
  list({ capability, sourceId, enabled }: ProviderFilter, caller: RegistryCaller): JsonObject[] {
    const view = this.#view(this.#config.get())
    const wanted = capability === undefined || capability === '' ? undefined : capabilityName(capability)
    const found = view.providers.filter(provider => {
      const has = capabilityOf(provider, boundSource(provider, view.sourceById))
      if (has === agentRunner || (wanted !== undefined && has !== wanted)) return false
      if (sourceId !== undefined && sourceId !== '' && provider.provider_source_id !== sourceId) return false
      return enabled === undefined || provider.enable === enabled
    })
    return this.#shown(
      found.map(provider => mergedView(provider, view)),
      caller,
    )
  }

  /** Every provider but agent runners, as stored. */
  unmerged(caller: RegistryCaller): JsonObject[] {
    const view = this.#view(this.#config.get())
    const found = view.providers.filter(
      provider => capabilityOf(provider, boundSource(provider, view.sourceById)) !== agentRunner,
    )
    return this.#shown(found, caller)
  }

  /** @throws provider_not_found */
  get(id: string, merged: boolean, caller: RegistryCaller): JsonObject {
    const view = this.#view(this.#config.get())
    const found = findEntry(view.providers, id)
    if (!found) throw new AstrBotError('provider_not_found', { id })
    const shown = merged ? mergedView(found, view) : found
    return this.#shown([shown], caller)[0] ?? shown
  }

  /**
   * @param sourceId the source to make it in
   * @throws provider_exists, provider_source_not_found, invalid_provider_type, validation_failed
   */
  async create(body: JsonObject, sourceId: string | undefined, caller: RegistryCaller): Promise<void> {
    const wanted = providerSettings(body, { sourceId, enabled: true })
    await this.#config.update(draft => {
      if (sourceId !== undefined && !findEntry(draft.provider_sources, sourceId))
        throw new AstrBotError('provider_source_not_found', { id: sourceId })
      if (findEntry(draft.provider, wanted.id)) throw new AstrBotError('provider_exists', { id: wanted.id })
      const given = findEntry(environmentSettings(this.#env), wanted.id)
      draft.provider.push(this.#checked(wanted, given, draft.provider_sources, caller))
    })
  }

  /**
   * Replaces the settings of a provider; another id in them renames it.
   * @throws provider_not_found, provider_exists, invalid_provider_type, validation_failed
   */
  async update(id: string, body: JsonObject, caller: RegistryCaller): Promise<Touched> {
    const moves = new Map<string, string>()
    const references = await this.#config.update(draft => {
      const stored = findEntry(draft.provider, id) ?? findEntry(environmentSettings(this.#env), id)
      if (!stored) throw new AstrBotError('provider_not_found', { id })
      const wanted = providerSettings(body, { id, enabled: stored.enable !== false })
      if (wanted.id !== id && findEntry(draft.provider, wanted.id))
        throw new AstrBotError('provider_exists', { id: wanted.id })
      putEntry(draft.provider, id, this.#checked(wanted, stored, draft.provider_sources, caller))
      if (wanted.id === id) return 0
      moves.set(id, wanted.id)
      return followMoves(draft, moves)
    })
    return { references: references + (await this.#follow(moves)), providers: 0 }
  }

  /**
   * Takes a provider into use or out of it.
   * @throws provider_not_found, invalid_provider_type when its type cannot run here
   */
  async setEnabled(id: string, enabled: boolean): Promise<void> {
    await this.#config.update(draft => {
      const stored = findEntry(draft.provider, id) ?? findEntry(environmentSettings(this.#env), id)
      if (!stored) throw new AstrBotError('provider_not_found', { id })
      const next = { ...stored, enable: enabled }
      if (enabled) checkType(next, sourceOf(next, draft.provider_sources))
      putEntry(draft.provider, id, next)
    })
  }

  /**
   * Settings that are to be tried over those of a stored provider, secrets in place of masks.
   * @throws provider_not_found, validation_failed
   */
  overlay(id: string, settings: JsonObject, { byKey }: RegistryCaller): JsonObject {
    const { provider, provider_sources: sources } = this.#config.get()
    const stored = findEntry(provider, id) ?? findEntry(environmentSettings(this.#env), id)
    if (!stored) throw new AstrBotError('provider_not_found', { id })
    const source = sourceOf(stored, sources)
    const known = [stored, ...(source ? [source] : [])]
    const at = 'body.provider_config'
    const over = unmaskSettings(settings, { list: 'provider', known, pepper: this.#pepper, byKey, at })
    // The secrets that stand below the overlay travel with it.
    const now = mergedWith(source, stored)
    if (byKey) refuseLeak({ sent: settings, after: { ...now, ...over }, before: [now], at })
    return over
  }

  /** Removes a provider and clears what referred to it. Unknown ids are gone already. */
  async delete(id: string): Promise<Touched> {
    const moves = new Map<string, null>()
    const references = await this.#config.update(draft => {
      if (!findEntry(draft.provider, id)) return 0
      draft.provider = draft.provider.filter(provider => idOf(provider) !== id)
      // What the environment names under this id is there again.
      if (findEntry(environmentSettings(this.#env), id)) return 0
      moves.set(id, null)
      return followMoves(draft, moves)
    })
    return { references: references + (await this.#follow(moves)), providers: moves.size }
  }

  #checked(
    wanted: JsonObject & { id: string },
    stored: JsonObject | undefined,
    sources: readonly Json[],
    { byKey }: RegistryCaller,
  ): JsonObject {
    const source = sourceOf(wanted, sources)
    checkType(wanted, source)
    const known = [stored, source].filter(entry => entry !== undefined)
    const entry = unmaskSettings(wanted, { list: 'provider', known, pepper: this.#pepper, byKey })
    if (byKey) {
      const now = stored ? [mergedWith(sourceOf(stored, sources), stored)] : []
      const before = source ? [...now, source] : now
      refuseLeak({ sent: wanted, after: mergedWith(source, entry), before })
    }
    return entry
  }

  get #pepper(): string {
    return this.#config.get().dashboard.jwt_secret
  }

  #shown(list: JsonObject[], { byKey }: RegistryCaller): JsonObject[] {
    return byKey ? masked(list, this.#pepper) : list
  }

  /** Lets everything outside of the default profile follow. */
  async #follow(moves: Moves): Promise<number> {
    if (moves.size === 0) return 0
    let count = 0
    for (const { id } of this.#config.profiles.list()) {
      const file = id === 'default' ? undefined : this.#config.profiles.find(id)
      if (file) count += await file.update(draft => followMoves(draft, moves))
    }
    count += await this.#preferences.changeEverywhere('umo', sessionRules, value => movedTo(value, moves))
    for (const follow of this.#followers) count += await follow(moves)
    return count
  }
}

/** @throws invalid_provider_type unless the provider can be loaded, is switched off, or is none any more */
function checkType(provider: JsonObject, source: JsonObject | undefined): void {
  const { id, enable, ...settings } = provider
  if (enable === false && Object.keys(settings).length > 0) return
  const { type } = mergedWith(source, provider)
  const capability = capabilityOf(provider, source)
  if (typeof type === 'string' && type !== '') {
    if (capability === agentRunner || adapterCapability(type) === capability) return
  }
  throw new AstrBotError('invalid_provider_type', { type: typeof type === 'string' ? type : '' })
}

/** Providers with keys of their own go where their source says. */
function refuseLeaksOf(
  providers: readonly Json[],
  sent: JsonObject & { id: string },
  next: JsonObject,
  stored: JsonObject | undefined,
): void {
  const ids = stored ? [idOf(stored), sent.id] : [sent.id]
  for (const provider of objectsOf(providers)) {
    if (typeof provider.provider_source_id !== 'string' || !ids.includes(provider.provider_source_id)) continue
    refuseLeak({ sent, after: mergedWith(next, provider), before: [mergedWith(stored, provider)] })
  }
}
