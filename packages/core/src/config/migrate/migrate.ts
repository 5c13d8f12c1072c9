import { isDeepStrictEqual } from 'node:util'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { runnerDefaults } from '../agent-runner.ts'
import { oldSettings } from './moved-keys.ts'
import { providerList, runnerOfOldSettings } from './old-runner.ts'

/** The version of the document's layout that this program writes. */
export const currentVersion = 5

/** The version a document names; undefined when it names none. */
export function versionOf({ config_version: version }: JsonObject): number | undefined {
  const number = typeof version === 'string' && version.trim() !== '' ? Number(version) : version
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** Whether a document is older than version 5: it says so, or it has keys that only older ones have. */
export function isOld(document: JsonObject): boolean {
  const version = versionOf(document)
  if (version !== undefined && version < currentVersion) return true
  const { provider_settings: settings } = document
  return isJsonObject(settings) && oldSettings.some(key => Object.hasOwn(settings, key))
}

/**
 * An older document as version 5. Unknown keys stay; the default document loses its agent-runner providers, whose
 * settings are in `agent_runner` of the profiles that used them. Answers the document itself when it is not old.
 *
 * @param defaultProviders the provider list of the default document, for profiles that rely on it
 */
export function migrate(
  document: JsonObject,
  { defaultProviders = [] }: { defaultProviders?: JsonObject[] } = {},
): JsonObject {
  if (!isOld(document)) return document
  const version = versionOf(document)
  const result = structuredClone(document)
  result.config_version = Math.max(currentVersion, version ?? currentVersion)
  const { provider_settings: settings } = result
  if (!isJsonObject(settings)) return result
  if (needsRunner(document.agent_runner, version)) {
    const lists = [providerList(document.provider), defaultProviders]
    const { runner_type, config } = runnerOfOldSettings(settings, version, lists)
    result.agent_runner = { runner_type, config }
  }
  grantAsBefore(settings)
  for (const key of oldSettings) delete settings[key]
  if (isJsonObject(settings.image_compress_options)) delete settings.image_compress_options.quality
  return result
}

/** Removes agent-runner providers from a document, in place. Answers whether there were any. */
export function dropRunnerProviders(document: JsonObject): boolean {
  const { provider } = document
  if (!Array.isArray(provider)) return false
  const rest = provider.filter(entry => !(isJsonObject(entry) && entry.provider_type === 'agent_runner'))
  document.provider = rest
  return rest.length < provider.length
}

function needsRunner(runner: Json | undefined, version: number | undefined): boolean {
  if (!isJsonObject(runner)) return true
  // A default that was filled in beside settings which nobody had read yet.
  return (version ?? 0) < 3 && isDeepStrictEqual(runner, { runner_type: 'local', config: runnerDefaults('local') })
}

/** Who switched the administrators' privilege off meant members to run commands. Only an explicit `false` says so. */
function grantAsBefore(settings: JsonObject): void {
  if (settings.computer_use_local_permissions !== undefined || settings.computer_use_require_admin !== false) return
  settings.computer_use_local_permissions = {
    member: { allow_execution: true, allow_network: false, filesystem_scope: 'workspace' },
  }
}
