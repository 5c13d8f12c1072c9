import { isJsonObject, type Json, type JsonObject } from '../json.ts'

/** Arguments that fit their schema, or why they do not. */
export type CheckedArguments = { args: JsonObject } | { problem: string }

/**
 * Reads the arguments of a call. Models mistake texts for numbers and send what nobody asked for: the first is mended,
 * the second left out. Only the keywords that models obey are checked; the rest of a schema is the tool's own business.
 */
export function readArguments(text: string, schema: JsonObject): CheckedArguments {
  let value: unknown
  try {
    value = text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    return { problem: 'the arguments are no valid JSON' }
  }
  if (!isJsonObject(value)) return { problem: 'the arguments are no JSON object' }
  const problems: string[] = []
  const args = checked(value, { type: 'object', ...schema }, '', problems)
  return problems.length > 0 || !isJsonObject(args) ? { problem: problems.join('; ') } : { args }
}

function checked(value: Json, schema: Json | undefined, path: string, problems: string[]): Json {
  if (!isJsonObject(schema)) return value
  const types = typesOf(schema)
  const mended = types.length === 0 || types.some(type => isOfType(value, type)) ? value : mend(value, types)
  if (mended === undefined) {
    problems.push(`${path || 'arguments'}: expected ${types.join(' or ')}`)
    return value
  }
  if (Array.isArray(schema['enum']) && !schema['enum'].some(allowed => allowed === mended)) {
    problems.push(`${path}: expected one of ${JSON.stringify(schema['enum'])}`)
  }
  if (typeof mended === 'number') checkRange(mended, schema, path, problems)
  if (Array.isArray(mended)) return mended.map((item, i) => checked(item, schema['items'], `${path}[${i}]`, problems))
  return isJsonObject(mended) ? checkedObject(mended, schema, path, problems) : mended
}

function checkedObject(value: JsonObject, schema: JsonObject, path: string, problems: string[]): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : undefined
  const at = (name: string) => (path === '' ? name : `${path}.${name}`)
  for (const name of Array.isArray(schema['required']) ? schema['required'] : []) {
    if (typeof name === 'string' && !Object.hasOwn(value, name)) problems.push(`${at(name)}: missing`)
  }
  const extra = schema['additionalProperties']
  const kept: [string, Json][] = []
  for (const [name, item] of Object.entries(value)) {
    if (properties && Object.hasOwn(properties, name)) {
      const optional = !(Array.isArray(schema['required']) && schema['required'].includes(name))
      // Models fill in null for what they leave out.
      if (item === null && optional && !allowsNull(properties[name])) continue
      kept.push([name, checked(item, properties[name], at(name), problems)])
    } else if (!properties || extra === true || isJsonObject(extra)) {
      kept.push([name, checked(item, extra, at(name), problems)])
    }
  }
  return Object.fromEntries(kept)
}

function checkRange(value: number, { minimum, maximum }: JsonObject, path: string, problems: string[]): void {
  if (typeof minimum === 'number' && value < minimum) problems.push(`${path}: expected at least ${minimum}`)
  if (typeof maximum === 'number' && value > maximum) problems.push(`${path}: expected at most ${maximum}`)
}

function typesOf({ type }: JsonObject): string[] {
  return (Array.isArray(type) ? type : [type]).filter(name => typeof name === 'string')
}

function allowsNull(schema: Json | undefined): boolean {
  return !isJsonObject(schema) || !('type' in schema) || typesOf(schema).includes('null')
}

function isOfType(value: Json, type: string): boolean {
  switch (type) {
    case 'object':
      return isJsonObject(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    case 'null':
      return value === null
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type
    default:
      return true
  }
}

function mend(value: Json, types: readonly string[]): Json | undefined {
  if (typeof value === 'string') {
    if (types.includes('number') && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value)
    if (types.includes('integer') && /^\s*-?\d{1,15}\s*$/.test(value)) return Number(value)
    if (types.includes('boolean') && /^(true|false)$/i.test(value.trim())) return value.trim().toLowerCase() === 'true'
    if (types.includes('array') || types.includes('object')) return mendJson(value, types)
  }
  if (types.includes('string') && (typeof value === 'number' || typeof value === 'boolean')) return String(value)
  return undefined
}

function mendJson(text: string, types: readonly string[]): Json | undefined {
  try {
    const value = JSON.parse(text) as Json
    return types.some(type => isOfType(value, type)) ? value : undefined
  } catch {
    return undefined
  }
}
