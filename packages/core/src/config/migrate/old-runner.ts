import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { type AgentRunner, completeRunner, isRunnerType } from '../agent-runner.ts'
import { movedKeys, runnerProviderKey } from './moved-keys.ts'

/** The number of steps that version 4 replaced by a larger default, because nobody had chosen it. */
const oldSteps = 30

/**
 * Builds `agent_runner` from the settings of a document before version 3.
 * @param providers the provider lists to look into, nearest first
 */
export function runnerOfOldSettings(
  settings: JsonObject,
  version: number | undefined,
  providers: readonly JsonObject[][],
): AgentRunner {
  const type = settings.agent_runner_type
  if (isRunnerType(type) && type !== 'local') {
    const id = settings[runnerProviderKey(type)]
    return completeRunner({ runner_type: type, config: id ? runnerProvider(type, id, providers) : {} })
  }
  return completeRunner({ runner_type: 'local', config: localSettings(settings, version, knownIds(providers)) })
}

function localSettings(settings: JsonObject, version: number | undefined, known: ReadonlySet<Json>): JsonObject {
  const config: Record<string, JsonObject> = { model: {}, persona: {}, compression: {}, misc: {} }
  for (const [from, to] of movedKeys) {
    const [section = '', key = ''] = to.split('.')
    const value = settings[from]
    if (value !== undefined && config[section]) config[section][key] = value
  }
  const { model = {}, persona = {}, compression = {}, misc = {} } = config
  for (const holder of [model, compression]) if (!known.has(holder.provider_id ?? '')) delete holder.provider_id
  const { fallback_provider_ids: fallback } = model
  model.fallback_provider_ids = Array.isArray(fallback) ? fallback.filter(id => known.has(id)) : []
  if (persona.persona_id === '') delete persona.persona_id
  const steps = misc.max_steps
  if ((steps === oldSteps || steps === String(oldSteps)) && (version ?? 0) < 4) delete misc.max_steps
  return config
}

/** Any provider counts, whatever its kind and whether it is on, but for the runners themselves. */
function knownIds(providers: readonly JsonObject[][]): Set<Json> {
  const real = providers.flat().filter(({ provider_type }) => provider_type !== 'agent_runner')
  return new Set(real.map(({ id }) => id ?? '').filter(id => id !== ''))
}

function runnerProvider(type: string, id: Json, providers: readonly JsonObject[][]): JsonObject {
  const fits = (entry: JsonObject) => entry.id === id && entry.type === type && entry.provider_type === 'agent_runner'
  return providers.flat().find(fits) ?? {}
}

/** The entries of a provider list that are objects. */
export function providerList(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}
