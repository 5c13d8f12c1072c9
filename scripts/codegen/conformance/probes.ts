import { type Json, refName, type Schema } from '../document.ts'
import { isObject } from './generate.ts'
import { resizedText } from './mutate.ts'

const kinds: Json[] = [null, true, 1.5, 'text', [], {}]
const deepest = 4

/** Makes a sound value of a schema. */
type Make = (schema: Schema) => Json

/**
 * Goes to every limit that a schema names and one step across it, to every field with a value of every kind, without
 * every required field. What a reference leads to is a subject of its own, so only the first is followed.
 */
export function* probes(schema: Schema, make: Make, components: Record<string, Schema>, depth = 0): Generator<Json> {
  if (schema.$ref !== undefined) {
    if (depth === 0) yield* probes(components[refName(schema.$ref)] ?? {}, make, components, 1)
    else yield* kinds
    return
  }
  yield* kinds
  for (const word of schema.enum ?? []) yield word
  for (const option of [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])])
    yield* probes(option, make, components, depth + 1)
  for (const limit of numbers(
    schema.minimum,
    schema.maximum,
    schema.exclusiveMinimum,
    schema.exclusiveMaximum,
    schema.multipleOf,
  )) {
    yield* [limit - 1, limit - 0.5, limit, limit + 0.5, limit + 1]
  }
  for (const limit of numbers(schema.minLength, schema.maxLength).filter(length => length <= 20_000)) {
    for (const length of [limit - 1, limit, limit + 1])
      yield resizedText(String(make({ ...schema, type: 'string' })), length)
  }
  if (schema.items) yield* lists(schema, schema.items, make, components, depth)
  if (schema.properties && depth < deepest) yield* objects(schema, make, components, depth)
}

function* lists(
  schema: Schema,
  items: Schema,
  make: Make,
  components: Record<string, Schema>,
  depth: number,
): Generator<Json> {
  for (const limit of numbers(schema.minItems, schema.maxItems).filter(length => length <= 1000)) {
    const item = make(items)
    for (const length of [limit - 1, limit, limit + 1]) yield Array.from({ length: Math.max(0, length) }, () => item)
  }
  if (depth < deepest) for (const probe of probes(items, make, components, depth + 1)) yield [probe]
}

function* objects(schema: Schema, make: Make, components: Record<string, Schema>, depth: number): Generator<Json> {
  const base = make(schema)
  if (!isObject(base)) return
  yield { ...base, 'unknown field': 1 }
  for (const name of schema.required ?? [])
    yield Object.fromEntries(Object.entries(base).filter(([key]) => key !== name))
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    for (const probe of probes(field, make, components, depth + 1)) yield { ...base, [name]: probe }
  }
}

function numbers(...limits: (number | undefined)[]): number[] {
  return limits.filter(limit => limit !== undefined)
}
