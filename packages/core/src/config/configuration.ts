import type { Schemas } from '@astrbot/contract'
import { AstrBotError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { ConfigFile } from './config-file.ts'
import { type ConfigDocument, type ConfigSnapshot, copyOf, defaultConfig } from './document.ts'
import { providerList } from './migrate/old-runner.ts'
import { presentDocument } from './present.ts'
import { adoptTables } from './profiles/adopt-tables.ts'
import { Profiles, type ProfilesOptions } from './profiles/profiles.ts'
import { checkRevision } from './revision.ts'
import { Routes } from './routes/routes.ts'
import { readCreation } from './save/creation.ts'
import { type PrepareOptions, prepareSave } from './save/prepare.ts'
import { type Ask, sandboxWarnings } from './save/sandbox.ts'
import { describeChange, type Saved } from './save/saved.ts'
import { redact } from './secrets/redact.ts'

/** What a caller may see and change. */
export interface ConfigCaller {
  /** An API key sees and keeps masks in place of secrets. */
  byKey: boolean
  mayEditAdmins: boolean
}

/** The second factor, which stands before changes to itself. */
export interface TotpGate {
  /** Whether the caller shows a code. */
  readonly hasCode: boolean
  /** Uses the code up where one is needed; answers whether anything protected changes. @throws totp_required */
  approve(next: ConfigSnapshot['dashboard']['totp']): boolean
  /** After the change is stored. */
  settle(changed: boolean): Promise<void>
}

/** A save of a whole document or of some of its keys. */
export interface SaveRequest {
  body: unknown
  /** The revision the caller started from. */
  ifMatch?: string | undefined
  dryRun: boolean
  totp: TotpGate
}

/** A document as a caller sees it. */
export interface ShownDocument {
  config: Schemas['ConfigDocument']
  revision: string
}

/** Told after a change of a profile is on disk. */
export type ConfigListener = (profileId: string, before: ConfigSnapshot, after: ConfigSnapshot) => void

export interface ConfigurationOptions extends ProfilesOptions {
  /** Asks whether a sandbox is there; nobody does when absent. Must not follow redirects. */
  ask?: Ask
}

/**
 * The settings a bot lives by: the documents of all profiles, and which chat uses which.
 *
 * @example
 * config.profileFor('telegram:GroupMessage:42').get().wake_prefix
 */
export class Configuration {
  readonly profiles: Profiles
  readonly routes: Routes
  readonly #ask: Ask | undefined
  readonly #listeners: ConfigListener[] = []

  private constructor(profiles: Profiles, routes: Routes, ask: Ask | undefined) {
    this.profiles = profiles
    this.routes = routes
    this.#ask = ask
    for (const { id } of profiles.list()) this.#watch(id)
  }

  static async open(options: ConfigurationOptions): Promise<Configuration> {
    await adoptTables(options.dataDir, options.preferences, options.log)
    const routes = await Routes.open(options.preferences)
    return new Configuration(await Profiles.open(options), routes, options.ask)
  }

  /** The file of the default profile. */
  get main(): ConfigFile {
    return this.profiles.main
  }

  /** The document of the default profile as it stands now. */
  get(): ConfigSnapshot {
    return this.main.get()
  }

  /** Changes the default profile; see `ConfigFile.update`. */
  update<T>(mutate: (draft: ConfigDocument) => T): Promise<T> {
    return this.main.update(mutate)
  }

  /** The document that a message from this origin is handled by. */
  profileFor(umo: string): ConfigFile {
    return this.profiles.find(this.profileIdFor(umo)) ?? this.main
  }

  profileIdFor(umo: string): string {
    return this.routes.profileOf(umo, id => this.profiles.find(id) !== undefined)
  }

  /** Registers who wants to know of changes, in whichever profile. */
  onChange(listener: ConfigListener): void {
    this.#listeners.push(listener)
  }

  /**
   * The profile that an id or, without one, a name stands for; undefined when neither is given.
   * @throws config_id_not_found, config_name_not_found, config_name_ambiguous
   */
  choose(id: string | null | undefined, name: string | null | undefined): string | undefined {
    const wantedId = id?.trim()
    if (wantedId) {
      if (!this.profiles.find(wantedId)) throw new AstrBotError('config_id_not_found', { id: wantedId })
      return wantedId
    }
    const wantedName = name?.trim()
    if (!wantedName) return undefined
    const [found, another] = this.profiles.list().filter(profile => profile.name === wantedName)
    if (!found) throw new AstrBotError('config_name_not_found', { name: wantedName })
    if (another) throw new AstrBotError('config_name_ambiguous', { name: wantedName })
    return found.id
  }

  /** @throws config_profile_not_found */
  show(id: string, caller: ConfigCaller): ShownDocument {
    const file = this.profiles.get(id)
    const document = presentDocument(file.get())
    return { config: shown(caller.byKey ? redact(document, this.#pepper) : document), revision: file.revision }
  }

  /** The document a new profile starts from. */
  defaults(): Schemas['ConfigDocument'] {
    return shown(presentDocument(defaultConfig))
  }

  /**
   * Saves a body over a profile, all of it or nothing. With `dryRun` everything is checked and nothing stored.
   *
   * @throws config_profile_not_found, revision_conflict, insufficient_scope, totp_required, invalid_agent_runner,
   * unsupported_agent_runner, validation_failed, payload_too_large
   */
  async save(id: string, request: SaveRequest, caller: ConfigCaller): Promise<Saved> {
    const file = this.profiles.get(id)
    const isDefault = id === 'default'
    let totpChanged = false
    let wanted: ConfigSnapshot = file.get()
    const change = (draft: ConfigDocument): Omit<Saved, 'revision'> => {
      checkRevision(request.ifMatch, file.revision)
      const options = { ...this.#prepareOptions(caller), at: 'body', isDefault, runnerRequired: true }
      const current = draft
      const { next, dropped } = prepareSave(current, request.body, { ...options, maskSources: [current] })
      if (isDefault) totpChanged = passTotp(draft, next, request)
      const description = describeChange(draft, next, { isDefault, dropped })
      replaceContent(draft, next)
      wanted = next
      return description
    }
    const done = request.dryRun ? change(copyOf(file.get())) : await file.update(change)
    if (isDefault && !request.dryRun) await request.totp.settle(totpChanged)
    const warnings = await sandboxWarnings(wanted, caller.byKey ? undefined : this.#ask)
    return { ...done, warnings: [...done.warnings, ...warnings], revision: file.revision }
  }

  /**
   * Makes a profile from a name and the keys that differ from the defaults.
   * @throws insufficient_scope, invalid_agent_runner, unsupported_agent_runner, validation_failed, payload_too_large
   */
  async create(body: unknown, caller: ConfigCaller): Promise<string> {
    const { name, config } = readCreation(body, 'body')
    const { next } = prepareSave(presentDocument(defaultConfig), config ?? {}, {
      ...this.#prepareOptions(caller),
      at: 'body.config',
      isDefault: false,
      runnerRequired: false,
      maskSources: this.profiles.documents(),
    })
    const id = await this.profiles.create(name, next)
    this.#watch(id)
    return id
  }

  /**
   * Removes a profile and the routes to it.
   * @throws default_profile_protected, config_profile_not_found
   */
  async delete(id: string): Promise<void> {
    await this.profiles.delete(id)
    await this.routes.removeProfile(id)
  }

  get #pepper(): string {
    return this.get().dashboard.jwt_secret
  }

  #prepareOptions({
    byKey,
    mayEditAdmins,
  }: ConfigCaller): Omit<PrepareOptions, 'at' | 'isDefault' | 'runnerRequired' | 'maskSources'> {
    const providers = providerList(this.get().provider)
    return { byKey, mayEditAdmins, pepper: this.#pepper, defaultProviders: providers }
  }

  #watch(id: string): void {
    this.profiles.find(id)?.onChange((before, after) => {
      for (const listener of this.#listeners) listener(id, before, after)
    })
  }
}

/** The boundary to the contract's type, which `presentDocument` has made true. */
function shown(document: JsonObject): Schemas['ConfigDocument'] {
  return document
}

function passTotp(current: ConfigSnapshot, next: ConfigDocument, { totp, dryRun }: SaveRequest): boolean {
  if (!dryRun) return totp.approve(next.dashboard.totp)
  const before = current.dashboard.totp
  const operational = before.enable && before.secret.trim() !== '' && before.recovery_code_hash.trim() !== ''
  const changes = JSON.stringify(before) !== JSON.stringify(next.dashboard.totp)
  // A code that is tried is used up, so only that there is one can be said here.
  if (operational && changes && !totp.hasCode) throw new AstrBotError('totp_required', {}, { totp_required: true })
  return false
}

function replaceContent(draft: ConfigDocument, next: ConfigDocument): void {
  const content: JsonObject = draft
  for (const key of Object.keys(content)) delete content[key]
  Object.assign(draft, next)
}
