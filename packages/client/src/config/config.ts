import { isAstrBotError } from '../errors/astrbot-error.ts'
import type { components } from '../generated/types.ts'
import type { Transport } from '../http/transport.ts'
import type { RequestOptions } from '../options.ts'

/** The configuration document of a profile, typed key by key; keys of plugins and unknown ones stand beside. */
export type ConfigDocument = components['schemas']['ConfigDocument']

/** A document and the revision it has. */
export interface ConfigSnapshot {
  config: ConfigDocument
  /** Absent where the server keeps none: AstrBot itself. */
  revision?: string | undefined
}

export interface ConfigEditOptions extends RequestOptions {
  /** How often the change is made on a fresh copy when others are faster: 10 times unless given. */
  attempts?: number | undefined
  /** Checks the change and tells what it would do, but saves nothing. */
  dryRun?: boolean | undefined
  /** Six digits, where the second factor stands before a change to itself. */
  twoFactorCode?: string | undefined
}

/** What an edit did. */
export interface ConfigEdited {
  revision?: string | undefined
  /** Dotted paths of the keys that changed. */
  changed: string[]
  /** Sentences about what was saved but will not work as it stands. */
  warnings: string[]
}

/** The configuration of the server, profile by profile. Needs the scope `config`. */
export interface Config {
  /** Reads a profile; `default` is the one that every server has. @throws NotFoundError */
  get(profileId?: string, options?: RequestOptions): Promise<ConfigSnapshot>
  /**
   * Changes a profile: `change` edits a copy of the document in place, or answers another one. Only top-level keys that
   * differ are sent; one that is missing stays as it is. When somebody else saves in between, nothing of theirs is
   * overwritten: `change` is called again with a fresh copy, so it should depend on nothing but its draft.
   *
   * A broken connection is not tried again, as the change may have been made.
   *
   * @throws ValidationError with the path of each bad value; APIError `revision_conflict` after the last attempt
   * @example
   * await client.config.edit('default', draft => {
   *   draft.wake_prefix = ['!']
   * })
   */
  edit(
    profileId: string,
    // biome-ignore lint/suspicious/noConfusingVoidType: a change in place answers nothing
    change: (draft: ConfigDocument) => ConfigDocument | void | Promise<ConfigDocument | void>,
    options?: ConfigEditOptions,
  ): Promise<ConfigEdited>
}

const path = '/api/v1/config-profiles/{config_id}'

export function createConfig(transport: Transport): Config {
  // The boundary: typed by the contract.
  const get = (profile = 'default', options: RequestOptions = {}) =>
    transport.call('GET', path, { ...options, params: { path: { config_id: profile } } }) as Promise<ConfigSnapshot>
  return {
    async get(profile, options) {
      const { config, revision } = await get(profile, options)
      return { config, revision }
    },
    async edit(profile, change, { attempts = 10, dryRun, twoFactorCode, ...options } = {}) {
      for (let left = attempts; ; left--) {
        const { config, revision } = await get(profile, options)
        const draft = structuredClone(config)
        const body = changedKeys(config, (await change(draft)) ?? draft)
        if (!body) return { revision, changed: [], warnings: [] }
        const header = { 'If-Match': revision && `"${revision}"`, 'X-2FA-Code': twoFactorCode }
        const params = { path: { config_id: profile }, query: { dry_run: dryRun }, header }
        try {
          const saved = (await transport.call('PUT', path, { ...options, params, body, retries: 0 })) as object
          return { changed: [], warnings: [], ...saved }
        } catch (error) {
          if (left <= 1 || !isAstrBotError(error) || !('status' in error) || error.status !== 412) throw error
          // In step with another editor, the same one would win every time.
          await new Promise(resolve => setTimeout(resolve, Math.random() * 100))
        }
      }
    },
  }
}

/** The top-level keys that differ, and the agent runner, which every save must name; undefined when nothing differs. */
function changedKeys(before: ConfigDocument, after: ConfigDocument): ConfigDocument | undefined {
  const entries = Object.entries(after).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof ConfigDocument]),
  )
  if (entries.length === 0) return undefined
  return { ...(before.agent_runner && { agent_runner: before.agent_runner }), ...Object.fromEntries(entries) }
}
