import type { ConfigRule } from '@astrbot/contract'
import { configRules } from '@astrbot/contract/config-schema'
import type { Json, JsonObject } from '../json.ts'

/** The rule behind a name. A name the contract does not have is a mistake of ours. */
export function ruleNamed(name: string): ConfigRule {
  const rule = configRules[name]
  if (!rule) throw new Error(`the contract has no rule ${name}`)
  return rule
}

/** The rule itself in place of a reference to it. */
export function resolved(rule: ConfigRule): ConfigRule {
  return rule.ref === undefined ? rule : ruleNamed(rule.ref)
}

/** The rule of the whole document. */
export const documentRule: ConfigRule = ruleNamed('ConfigDocument')

/**
 * The rule of a dotted path below `rule`, or undefined when the path leads nowhere. Where rules vary by a key
 * (`agent_runner`), `variant` chooses.
 *
 * @example ruleAt(documentRule, 'platform_settings.rate_limit.time')
 */
export function ruleAt(rule: ConfigRule, path: string, variant = 'local'): ConfigRule | undefined {
  let at: ConfigRule | undefined = rule
  for (const key of path.split('.')) {
    at = at && resolved(at)
    if (at?.variants) at = ruleNamed(at.variants[variant] ?? '')
    at = at?.properties?.[key]
  }
  return at && resolved(at)
}

/** The defaults that a rule of an object states, key by key. Keys without a default are left out. */
export function defaultsOf(rule: ConfigRule): JsonObject {
  const result: JsonObject = {}
  for (const [key, property] of Object.entries(rule.properties ?? {})) {
    const own = resolved(property)
    // Generated from JSON, hence JSON.
    if (own.default !== undefined) result[key] = structuredClone(own.default) as Json
    else if (own.properties) result[key] = defaultsOf(own)
  }
  return result
}
