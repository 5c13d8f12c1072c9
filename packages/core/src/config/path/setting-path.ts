import type { ConfigRule } from '@astrbot/contract'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { documentRule, resolved, ruleNamed } from '../rules.ts'

/** The keys and positions that lead to a setting. */
export type SettingPath = readonly (string | number)[]

/**
 * Reads `provider_settings.wake_prefix` or `platform[0].id`.
 * @throws SyntaxError for anything else
 */
export function parsePath(text: string): SettingPath {
  const steps = [...text.matchAll(/\[(\d+)\]|(?:^|\.)([^.[\]]+)/g)]
  if (text === '' || text.startsWith('.') || steps.map(([step]) => step).join('') !== text)
    throw new SyntaxError(`"${text}" is no path; write it as provider_settings.wake_prefix or admins_id[0]`)
  return steps.map(([, index, key]) => (index === undefined ? (key ?? '') : Number(index)))
}

/** What stands at a path, or undefined. */
export function readSetting(document: Json, path: SettingPath): Json | undefined {
  let at: Json | undefined = document
  for (const step of path) {
    if (typeof step === 'number') at = Array.isArray(at) ? at[step] : undefined
    else at = isJsonObject(at) && Object.hasOwn(at, step) ? at[step] : undefined
  }
  return at
}

/** A copy of a document with another value at a path. Objects on the way are made where they are missing. */
export function withSetting(document: Json | undefined, [step, ...rest]: SettingPath, value: Json): Json {
  if (step === undefined) return value
  if (typeof step === 'number') {
    const list = Array.isArray(document) ? [...document] : []
    list[Math.min(step, list.length)] = withSetting(list[step], rest, value)
    return list
  }
  const object: JsonObject = isJsonObject(document) ? document : {}
  return { ...object, [step]: withSetting(Object.hasOwn(object, step) ? object[step] : undefined, rest, value) }
}

/** The rule of a path in a document: `free` where anything may stand, undefined where the contract knows no setting. */
export function ruleOf(document: Json, path: SettingPath): ConfigRule | 'free' | undefined {
  let rule: ConfigRule | true | undefined = documentRule
  for (const [i, step] of path.entries()) {
    if (rule === true || rule === undefined) break
    let own: ConfigRule = resolved(rule)
    if (own.by !== undefined && own.variants) {
      const chosen = readSetting(document, [...path.slice(0, i), own.by])
      const variant: string | undefined = typeof chosen === 'string' ? own.variants[chosen] : undefined
      own = variant === undefined ? {} : ruleNamed(variant)
    }
    if (typeof step === 'number') rule = own.items ?? (own.type === undefined ? undefined : true)
    else rule = own.properties && Object.hasOwn(own.properties, step) ? own.properties[step] : own.extra
  }
  if (rule === true) return 'free'
  return rule && resolved(rule)
}

/** A value as people type it: text where the rule takes text, else JSON. What is no JSON is left to the check as text. */
export function valueFromText(rule: ConfigRule | 'free' | undefined, text: string): Json {
  const types = rule === undefined || rule === 'free' || rule.type === undefined ? [] : [rule.type].flat()
  const takesText = types.includes('string')
  if (takesText && types.every(type => type === 'string')) return text
  try {
    const value = JSON.parse(text) as Json
    return takesText && typeof value === 'number' && !types.some(type => /number|integer/.test(type)) ? text : value
  } catch {
    return text
  }
}

/** Paths of the known settings that resemble one that is not known: same last key, or the same beginning of it. */
export function similarSettings(wanted: string, most = 5): string[] {
  const last = wanted.split('.').at(-1)?.toLowerCase() ?? ''
  const all = [...known(documentRule, '', 0)]
  const score = (path: string) => {
    const key = path.split('.').at(-1) ?? ''
    if (key === last) return 0
    if (last.length > 2 && (key.includes(last) || last.includes(key))) return 1
    return distance(key, last) <= 2 ? 2 : 9
  }
  return all
    .map(path => ({ path, rank: score(path) }))
    .filter(({ rank }) => rank < 9)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ path }) => path)
}

function* known(given: ConfigRule, path: string, depth: number): Generator<string> {
  const rule = resolved(given)
  if (depth > 6) return
  if (path !== '') yield path
  const named = Object.values(rule.variants ?? {}).flatMap(name => Object.entries(ruleNamed(name).properties ?? {}))
  const seen = new Set<string>()
  for (const [key, property] of [...Object.entries(rule.properties ?? {}), ...named]) {
    if (resolved(property).deprecated || property.deprecated || (seen.has(key) && key !== 'config')) continue
    seen.add(key)
    yield* known(property, path === '' ? key : `${path}.${key}`, depth + 1)
  }
}

/** How many letters differ between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row.at(-1) ?? 0
}
