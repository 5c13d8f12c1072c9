import type { Schemas } from '@astrbot/contract'
import { isJsonObject, type Json } from '../json.ts'

/** The rules of a session by their keys. */
export type SessionRules = Schemas['SessionRules']
export type RuleKey = keyof SessionRules

/** The kinds of rules, in the order in which they are offered. A rule is a preference of the session with this key. */
export const ruleKeys = [
  'session_service_config',
  'session_plugin_config',
  'kb_config',
  'provider_perf_chat_completion',
  'provider_perf_speech_to_text',
  'provider_perf_text_to_speech',
] as const satisfies readonly RuleKey[]

export const serviceRule = 'session_service_config'

/** The rules among the preferences of a session. What is not of its kind counts as a rule without effect. */
export function rulesAmong(preferences: ReadonlyMap<string, Json>): SessionRules {
  const found: Record<string, Json> = {}
  for (const key of ruleKeys) {
    const value = preferences.get(key)
    if (value === undefined) continue
    const fits = key.startsWith('provider_perf_') ? typeof value === 'string' : isJsonObject(value)
    found[key] = fits ? value : null
  }
  // The boundary to stored JSON: each value is of the kind its key demands.
  return found as SessionRules
}
