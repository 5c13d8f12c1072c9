import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { type CastReport, cast } from './cast.ts'
import { conform } from './conform.ts'
import { defaultsOf, resolved, ruleNamed } from './rules.ts'

/** Who carries a turn out, with the settings of that runner alone. */
export interface AgentRunner {
  runner_type: string
  config: JsonObject
}

const { variants = {} } = ruleNamed('AgentRunnerSettings')

/** `local`, `dify`, … */
export const runnerTypes: readonly string[] = Object.keys(variants)

export function isRunnerType(type: Json | undefined): type is string {
  return typeof type === 'string' && runnerTypes.includes(type)
}

/** What `agent_runner.config` starts from. */
export function runnerDefaults(type: string): JsonObject {
  return defaultsOf(settingsRule(type))
}

/**
 * `agent_runner` of a stored document, complete: keys of other runners are left out, missing and unusable ones get their
 * defaults. An unknown type means the built-in agent.
 */
export function completeRunner(runner: Json | undefined): AgentRunner {
  const given = isJsonObject(runner) ? runner : {}
  const type = isRunnerType(given.runner_type) ? given.runner_type : 'local'
  const settings = isJsonObject(given.config) ? given.config : {}
  const report: CastReport = { problems: [], dropped: [] }
  const usable = cast(settingsRule(type), settings, '', { lenient: true, unknown: 'drop' }, report)
  return { runner_type: type, config: conform(runnerDefaults(type), isJsonObject(usable) ? usable : {}) }
}

function settingsRule(type: string) {
  const settings = ruleNamed(variants[type] ?? '').properties?.config
  if (!settings) throw new Error(`the runner ${type} has no settings`)
  return resolved(settings)
}
