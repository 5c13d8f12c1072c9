import type { ConfigRule } from '@astrbot/contract'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { castNumber, castText, kindOf, nameOf, rangeProblem } from './cast-scalar.ts'
import { resolved, ruleNamed } from './rules.ts'

/** A place of a document that breaks its rule. */
export interface Problem {
  path: string
  message: string
}

export interface CastOptions {
  /** What came from a file: numbers are bent into shape, and what remains unusable is left out. */
  lenient?: boolean
  /** Keys that no rule knows: kept, kept where the same place of `stored` has them, or left out. */
  unknown: 'keep' | 'stored' | 'drop'
}

/** What a cast found beside the value. */
export interface CastReport {
  problems: Problem[]
  /** Paths of the unknown keys that were left out. */
  dropped: string[]
}

/**
 * A copy of a value as its rule wants it: numbers in quotes become numbers, fractions of whole numbers are cut off, ids
 * in lists may be numbers, and keys that are null are left out. Everything else must fit. What does not is reported and
 * left out of the copy, so that a report without problems means a complete copy.
 *
 * @param stored what stands in the same place now; see `CastOptions.unknown`
 */
export function cast(
  rule: ConfigRule,
  value: Json,
  path: string,
  options: CastOptions,
  report: CastReport,
  stored?: Json,
): Json | undefined {
  return new Caster(options, report).value(rule, value, path, stored)
}

/** Rights on this machine are never what somebody left open. */
const spelledOut = /^provider_settings\.computer_use_local_permissions\b/

class Caster {
  readonly #options: CastOptions
  readonly #report: CastReport

  constructor(options: CastOptions, report: CastReport) {
    this.#options = options
    this.#report = report
  }

  value(given: ConfigRule, value: Json, path: string, stored: Json | undefined): Json | undefined {
    const rule = resolved(given)
    if (rule.by !== undefined) return this.#variant(rule, value, path, stored)
    if (rule.const !== undefined) {
      return value === rule.const ? value : this.#refuse(path, `must be ${JSON.stringify(rule.const)}`)
    }
    const types = rule.type === undefined ? [] : [rule.type].flat()
    const kind = kindOf(value)
    if (kind === 'null' && types.includes('null')) return null
    if (kind === 'array' && types.includes('array') && Array.isArray(value))
      return this.#list(rule, value, path, stored)
    if (isJsonObject(value) && types.includes('object')) return this.#object(rule, value, path, stored)
    const scalar = this.#scalar(types, value)
    if (scalar === undefined) {
      const wanted = types.length === 0 ? 'another value' : types.map(nameOf).join(' or ')
      return this.#refuse(path, `expected ${wanted}, got ${kind === 'null' ? 'null' : nameOf(kind)}`)
    }
    return this.#inRange(rule, scalar, path)
  }

  #scalar(types: readonly string[], value: Json): boolean | number | string | undefined {
    const lenient = this.#options.lenient === true
    if (typeof value === 'boolean' && types.includes('boolean')) return value
    if (typeof value === 'string' && types.includes('string')) return value
    if (types.includes('number') || types.includes('integer')) {
      const number = castNumber(value, types.includes('number') ? 'number' : 'integer', lenient)
      if (number !== undefined) return number
    }
    return lenient && types.includes('string') ? castText(value) : undefined
  }

  #inRange(rule: ConfigRule, value: boolean | number | string, path: string): Json | undefined {
    const problem = rangeProblem(rule, value)
    if (problem === undefined) return value
    if (this.#options.lenient && typeof value === 'number' && rule.enum === undefined) {
      return Math.min(rule.maximum ?? value, Math.max(rule.minimum ?? value, value))
    }
    return this.#refuse(path, problem)
  }

  #variant(rule: ConfigRule, value: Json, path: string, stored: Json | undefined): Json | undefined {
    const key = rule.by ?? ''
    if (!isJsonObject(value)) return this.#refuse(path, `expected an object, got ${nameOf(kindOf(value))}`)
    const word = value[key]
    const name = typeof word === 'string' ? rule.variants?.[word] : undefined
    if (name === undefined) {
      return this.#refuse(`${path}.${key}`, `must be one of ${Object.keys(rule.variants ?? {}).join(', ')}`)
    }
    const same = isJsonObject(stored) && stored[key] === word
    return this.#object(ruleNamed(name), value, path, same ? stored : undefined)
  }

  #list(rule: ConfigRule, value: Json[], path: string, stored: Json | undefined): Json[] {
    const { items } = rule
    if (!items) return structuredClone(value)
    const result: Json[] = []
    for (const [i, item] of value.entries()) {
      const wanted = resolved(items).type === 'string' ? (castText(item) ?? item) : item
      const element = this.value(items, wanted, `${path}[${i}]`, Array.isArray(stored) ? stored[i] : undefined)
      if (element !== undefined) result.push(element)
    }
    return result
  }

  #object(rule: ConfigRule, value: JsonObject, path: string, stored: Json | undefined): JsonObject {
    const below = isJsonObject(stored) ? stored : {}
    const prefix = path === '' ? '' : `${path}.`
    const result: JsonObject = {}
    for (const [key, item] of Object.entries(value)) {
      const property = rule.properties && Object.hasOwn(rule.properties, key) ? rule.properties[key] : undefined
      // Keys of old versions are for the migration, which has run before.
      const known = property && !property.deprecated ? property : rule.extra
      const at = `${prefix}${key}`
      let element: Json | undefined
      if (known === true) element = structuredClone(item)
      else if (known && item === null && meansAbsent(known, at)) continue
      else if (known) element = this.value(known, item, at, Object.hasOwn(below, key) ? below[key] : undefined)
      else element = this.#unknown(key, item, at, below)
      if (element !== undefined && key !== '__proto__') result[key] = element
    }
    for (const key of rule.required ?? []) {
      if ((value[key] ?? null) === null && !Object.hasOwn(result, key)) this.#refuse(`${prefix}${key}`, 'is missing')
    }
    return result
  }

  #unknown(key: string, item: Json, path: string, stored: JsonObject): Json | undefined {
    const { unknown } = this.#options
    if (unknown === 'keep' || (unknown === 'stored' && Object.hasOwn(stored, key))) return structuredClone(item)
    this.#report.dropped.push(path)
    return undefined
  }

  #refuse(path: string, message: string): undefined {
    this.#report.problems.push({ path, message })
    return undefined
  }
}

function meansAbsent(given: ConfigRule, path: string): boolean {
  return ![resolved(given).type].flat().includes('null') && !spelledOut.test(path)
}
