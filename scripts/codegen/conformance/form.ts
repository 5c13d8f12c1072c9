import { type Json, refName, type Schema } from '../document.ts'
import { isObject } from './generate.ts'

/** The fields of a form or a query: everything is text, one field or several of a name. */
export type Form = Record<string, string | string[]>

/**
 * Writes a value as a form carries it; a list of one is a plain field. Undefined when a form cannot say it: a null, an
 * object, an empty list.
 */
export function toForm(value: Json): Form | undefined {
  if (!isObject(value)) return undefined
  const form: Form = {}
  for (const [name, field] of Object.entries(value)) {
    const items = [field].flat().map(item => (item === null || typeof item === 'object' ? undefined : String(item)))
    const solid = items.filter(item => item !== undefined)
    const [first] = solid
    if (first === undefined || solid.length < items.length) return undefined
    form[name] = solid.length === 1 ? first : solid
  }
  return form
}

/** What a form means under a schema: plain decimals for numbers, the usual words for booleans, lists where lists are due. */
export function meaningOf(form: Form, schema: Schema, components: Record<string, Schema>): Json {
  const solid = resolve(schema, components)
  const extra = typeof solid.additionalProperties === 'object' ? solid.additionalProperties : {}
  return Object.fromEntries(
    Object.entries(form).map(([name, field]) => [
      name,
      read(field, resolve(solid.properties?.[name] ?? extra, components), components),
    ]),
  )
}

function read(field: string | string[], schema: Schema, components: Record<string, Schema>): Json {
  const types = [schema.type ?? []].flat()
  if (types.includes('array'))
    return [field].flat().map(item => read(item, resolve(schema.items ?? {}, components), components))
  if (Array.isArray(field)) return field
  if (types.includes('string')) return field
  if ((types.includes('integer') || types.includes('number')) && /^-?[0-9]+(\.[0-9]+)?$/.test(field))
    return Number(field)
  if (types.includes('boolean') && /^(true|1|yes|on|t|y)$/i.test(field)) return true
  if (types.includes('boolean') && /^(false|0|no|off|f|n)$/i.test(field)) return false
  return field
}

function resolve(schema: Schema, components: Record<string, Schema>): Schema {
  return schema.$ref === undefined ? schema : resolve(components[refName(schema.$ref)] ?? {}, components)
}
