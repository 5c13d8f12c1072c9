import { contract, type Schema } from './contract.ts'

type JsonType = 'string' | 'integer' | 'number' | 'boolean' | 'null' | 'array' | 'object'

/** A place in a JSON body that the contract describes. */
export interface Field {
  path: (string | number)[]
  /** As the server names it: `body.flags.enable_streaming`. */
  name: string
  required: boolean
  /** The schema it shares with other places, where it has one. */
  schema?: string
  takes(type: JsonType): boolean
}

/** One value of each type. */
export const samples: Readonly<Record<JsonType, unknown>> = {
  string: 'x',
  integer: 7,
  number: 1.5,
  boolean: true,
  null: null,
  array: [],
  object: {},
}

export const jsonTypes = Object.keys(samples) as JsonType[]

/** Every place of a body once, the body itself first, into lists (their first item) and nested objects. */
export function fieldsOf(schema: Schema): Field[] {
  const fields = new Map<string, Field>()
  for (const place of placesOf(schema, [], true)) {
    const known = fields.get(place.name)
    // What one option of a union does not take there, another may.
    const takes = (type: JsonType) => place.takes(type) || known?.takes(type) === true
    fields.set(place.name, { ...place, required: place.required && known?.required !== false, takes })
  }
  return [...fields.values()]
}

function placesOf(schema: Schema, path: (string | number)[], required: boolean): Field[] {
  const options = alternatives(schema)
  const field: Field = {
    path,
    name: path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${key}`), 'body'),
    required,
    ...(schema.$ref !== undefined && { schema: schema.$ref }),
    takes: type => options.some(option => takes(option, type)),
  }
  const inner = options.flatMap(option => [
    ...Object.entries(option.properties ?? {}).flatMap(([key, child]) =>
      placesOf(child, [...path, key], option.required?.includes(key) === true),
    ),
    ...(option.items ? placesOf(option.items, [...path, 0], true) : []),
  ])
  return [field, ...inner]
}

/** The same places with at most two of those that share a scalar schema: forms have dozens of settings that are plain texts. */
export function samplesOf(fields: readonly Field[]): Field[] {
  const seen = new Map<string, number>()
  return fields.filter(({ schema, takes }) => {
    if (schema === undefined || takes('object') || takes('array')) return true
    const count = (seen.get(schema) ?? 0) + 1
    seen.set(schema, count)
    return count <= 2
  })
}

/** A copy of a body with another value at one place; what is missing on the way is made. */
export function withValue(body: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (key === undefined) return value
  if (typeof key === 'number') {
    const list = Array.isArray(body) ? [...body] : []
    list[key] = withValue(list[key], rest, value)
    return list
  }
  const object: Record<string, unknown> = typeof body === 'object' && !Array.isArray(body) ? { ...body } : {}
  return { ...object, [key]: withValue(object[key], rest, value) }
}

/** A copy of a body without one place. */
export function without(body: unknown, path: readonly (string | number)[]): unknown {
  return JSON.parse(JSON.stringify(withValue(body, path, undefined)))
}

/** Whether a complaint about `told` answers for the place `name`: the place itself, what it holds, or what holds it. */
export function tellsOf(told: string, name: string): boolean {
  const below = (inner: string, outer: string) =>
    inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`)
  return below(told, name) || (told !== 'body' && below(name, told))
}

function alternatives(schema: Schema): Schema[] {
  if (schema.$ref !== undefined) {
    const named = contract.components.schemas[schema.$ref.split('/').at(-1) ?? '']
    if (!named) throw new Error(`the contract has no ${schema.$ref}`)
    return alternatives(named)
  }
  const several = schema.oneOf ?? schema.anyOf
  return several ? several.flatMap(alternatives) : [schema]
}

function takes({ type }: Schema, wanted: JsonType): boolean {
  if (type === undefined) return true
  const types = Array.isArray(type) ? type : [type]
  return types.includes(wanted) || (wanted === 'integer' && types.includes('number'))
}
