import { type Json, refName, type Schema } from '../document.ts'
import type { Draw } from './draw.ts'

/** Stands for an uploaded file in generated values. */
export const file = 'file:placeholder'

const deepest = 7
const alphabet = ['a', 'B', '7', ' ', '-', '.', '/', '_', ':', '漢', 'é', '\t', '😀']
const anything: Json[] = [null, true, 0, -1.5, '', 'text', [], [1, 'a'], {}, { key: [null] }]

/** Makes a value that the schema takes, as a rule: Ajv has the last word on each. */
export function generate(schema: Schema, schemas: Record<string, Schema>, draw: Draw, depth = 0): Json {
  const inner = (part: Schema) => generate(part, schemas, draw, depth + 1)
  if (schema.$ref !== undefined) return generate(schemas[refName(schema.$ref)] ?? {}, schemas, draw, depth)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return draw.pick(schema.enum)
  const options = schema.oneOf ?? schema.anyOf
  if (options) {
    const first = inner(draw.pick(depth > deepest ? options.slice(-1) : options))
    // Now and then two variants at once, which `oneOf` has to notice.
    const second = depth < deepest && draw.oneIn(6) ? inner(draw.pick(options)) : first
    const chosen = isObject(first) && isObject(second) ? { ...first, ...second } : first
    if (!schema.properties || !isObject(chosen)) return chosen
    const { oneOf: _oneOf, anyOf: _anyOf, ...rest } = schema
    return { ...(inner(rest) as { [key: string]: Json }), ...chosen }
  }
  const types = schema.type === undefined ? (schema.properties ? ['object'] : []) : [schema.type].flat()
  if (types.length === 0) return draw.pick(anything)
  const type = depth > deepest && types.includes('null') ? 'null' : draw.pick(types)
  switch (type) {
    case 'null':
      return null
    case 'boolean':
      return draw.oneIn(2)
    case 'integer':
    case 'number':
      return number(schema, type, draw)
    case 'string':
      return text(schema, draw)
    case 'array': {
      const least = schema.minItems ?? 0
      const length = draw.integer(
        least,
        Math.min(schema.maxItems ?? Number.POSITIVE_INFINITY, least + (depth > deepest ? 0 : 3)),
      )
      return Array.from({ length }, () => (schema.items ? inner(schema.items) : draw.pick(anything)))
    }
    default:
      return object(schema, draw, depth, inner)
  }
}

function object(schema: Schema, draw: Draw, depth: number, inner: (part: Schema) => Json): Json {
  const value: { [key: string]: Json } = {}
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    // Deep down and in wide objects only a few optional fields, or values would have no end.
    const rare = depth > deepest ? 1000 : Math.max(2, Object.keys(schema.properties ?? {}).length / 6)
    if (schema.required?.includes(name) || draw.oneIn(Math.round(rare))) value[name] = inner(field)
  }
  const extra = schema.additionalProperties
  const missing = (schema.minProperties ?? 0) - Object.keys(value).length
  const most = (schema.maxProperties ?? Number.POSITIVE_INFINITY) - Object.keys(value).length
  const wanted = extra === false || depth > deepest ? 0 : draw.integer(0, 2)
  for (let i = 0; i < Math.min(most, Math.max(missing, wanted)); i++) {
    value[`x${i}${draw.pick(alphabet)}`] = typeof extra === 'object' ? inner(extra) : draw.pick(anything)
  }
  return value
}

function number(schema: Schema, type: string, draw: Draw): number {
  const low = Math.ceil(
    schema.minimum ?? (schema.exclusiveMinimum === undefined ? -1000 : schema.exclusiveMinimum + 1e-9),
  )
  const high = Math.floor(
    schema.maximum ??
      (schema.exclusiveMaximum === undefined ? Math.max(low, 0) + 1000 : schema.exclusiveMaximum - 1e-9),
  )
  const whole = draw.oneIn(4) ? draw.pick([low, high]) : draw.integer(low, Math.max(low, high))
  if (schema.multipleOf !== undefined) return Math.ceil(whole / schema.multipleOf) * schema.multipleOf
  return type === 'number' && whole < high && draw.oneIn(2) ? whole + 0.25 : whole
}

function text(schema: Schema, draw: Draw): string {
  if (schema.format === 'binary') return file
  if (schema.format === 'date-time') return dateTime(draw)
  if (schema.pattern !== undefined && !draw.oneIn(8)) return draw.matching(schema.pattern)
  const least = schema.minLength ?? 0
  const most = schema.maxLength ?? least + 40
  const length =
    most < 5000 && draw.oneIn(6) ? draw.pick([least, most]) : draw.integer(least, Math.min(most, least + 12))
  const unit = [draw.pick(alphabet), draw.pick(alphabet), draw.pick(alphabet)].join('')
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
}

function dateTime(draw: Draw): string {
  const part = (low: number, high: number, width = 2) => String(draw.integer(low, high)).padStart(width, '0')
  const day = `${part(1970, 2100, 4)}-${part(1, 12)}-${part(1, 31)}`
  const time = `${part(0, 24)}:${part(0, 60)}:${part(0, 59)}${draw.pick(['', '.5', '.123456'])}`
  return `${day}${draw.pick(['T', 't', ' '])}${time}${draw.pick(['Z', 'z', '+00:00', '-09:30', '+0800', '+24:00', ''])}`
}

export function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
