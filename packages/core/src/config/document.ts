import type { Json, JsonObject, ReadonlyJson, ReadonlyJsonObject } from '../json.ts'
import defaults from './default-config.json' with { type: 'json' }

// Only the kind of a value is certain (see `conform`): what a list holds is for its reader to check.
type Kinds<T> = T extends readonly unknown[] ? Json[] : T extends object ? { [K in keyof T]: Kinds<T[K]> } : T

type Defaults = Kinds<typeof defaults>

export type DashboardConfig = Defaults['dashboard'] & {
  /** Counts password changes; tokens of an older version are refused. Ours: AstrBot drops the key. */
  token_version?: Json
}

/**
 * The configuration document, version 5. Every key of the default tree is there with a value of the default's kind
 * (string, number, boolean, list, object); unknown keys of the file are kept but not typed.
 */
export type ConfigDocument = Omit<Defaults, 'dashboard' | 'agent_runner'> & {
  dashboard: DashboardConfig
  /** The keys of `config` depend on `runner_type`. */
  agent_runner: { runner_type: string; config: JsonObject }
}

/** JSON, or a type made of it, in which nothing can be changed. */
export type DeepReadonly<T> = T extends readonly Json[]
  ? readonly ReadonlyJson[]
  : string extends keyof T
    ? ReadonlyJsonObject
    : T extends object
      ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
      : T

/** The document as it stands: frozen, to be changed only by `ConfigFile.update`. */
export type ConfigSnapshot = DeepReadonly<ConfigDocument>

/** A copy of a document that may be changed. */
export function copyOf(document: ConfigSnapshot): ConfigDocument
export function copyOf(document: ReadonlyJsonObject): JsonObject
export function copyOf(document: ReadonlyJsonObject): JsonObject {
  return structuredClone(document) as JsonObject
}

/** The default tree, to be copied before use. */
export const defaultConfig: Readonly<JsonObject> = defaults

/** The sender ids with administrator rights. Files in the field hold numbers too. */
export function adminIds(config: ConfigSnapshot): string[] {
  return config.admins_id.filter(id => typeof id === 'string' || typeof id === 'number').map(String)
}
