import { type Document, operationsOf, type Parameter, refName, type Schema } from './document.ts'

/**
 * Makes the document easy to read for every generator, without changing what it says:
 * `allOf` of objects becomes one object, parameters given by `$ref` are inlined, sibling-only wrappers vanish. Every
 * discriminator gets the mapping that its variants' constants stand for.
 */
export function normalise(document: Document): Document {
  const { schemas, parameters } = document.components
  for (const [name, schema] of Object.entries(schemas)) schemas[name] = flatten(schema, schemas)
  for (const schema of Object.values(schemas)) mapDiscriminator(schema, schemas)
  for (const { operation } of operationsOf(document)) {
    operation.parameters = (operation.parameters ?? []).map(parameter => {
      const ref = (parameter as { $ref?: string }).$ref
      return ref === undefined ? parameter : (parameters[refName(ref)] as Parameter)
    })
    if (operation.parameters.length === 0) delete operation.parameters
    for (const parameter of operation.parameters ?? []) parameter.schema = flatten(parameter.schema, schemas)
    const media = [
      operation.requestBody?.content,
      ...Object.values(operation.responses).map(response => response.content),
    ]
    for (const content of media) {
      for (const type of Object.values(content ?? {})) if (type.schema) type.schema = flatten(type.schema, schemas)
    }
  }
  delete (document.components as Partial<Document['components']>).parameters
  return document
}

function flatten(schema: Schema, schemas: Record<string, Schema>): Schema {
  const out: Schema = { ...schema }
  if (schema.properties) {
    out.properties = Object.fromEntries(Object.entries(schema.properties).map(([k, v]) => [k, flatten(v, schemas)]))
  }
  if (schema.items) out.items = flatten(schema.items, schemas)
  if (typeof schema.additionalProperties === 'object')
    out.additionalProperties = flatten(schema.additionalProperties, schemas)
  for (const key of ['anyOf', 'oneOf'] as const) {
    const list = schema[key]
    if (list) out[key] = list.map(item => flatten(item, schemas))
  }
  if (out.discriminator && !out.discriminator.mapping)
    out.discriminator = mapped(out, out.discriminator.propertyName, schemas)
  if (isOpen(out)) out.additionalProperties = true
  const { allOf, ...rest } = out
  if (!allOf) return out
  return [...allOf, rest].reduce<Schema>((merged, part) => {
    const resolved = part.$ref === undefined ? part : (schemas[refName(part.$ref)] ?? {})
    return merge(merged, flatten(resolved, schemas))
  }, {})
}

/** Without a mapping, a discriminator's words would be read as the names of the schemas. */
function mapped(
  schema: Schema,
  propertyName: string,
  schemas: Record<string, Schema>,
): NonNullable<Schema['discriminator']> {
  const variants = (schema.oneOf ?? schema.anyOf ?? []).flatMap(({ $ref }) => ($ref === undefined ? [] : [$ref]))
  const mapping = variants.flatMap(ref => {
    const tag = schemas[refName(ref)]?.properties?.[propertyName]
    return (tag?.const === undefined ? (tag?.enum ?? []) : [tag.const]).map(word => [String(word), ref])
  })
  return { propertyName, mapping: Object.fromEntries(mapping) }
}

function merge(a: Schema, b: Schema): Schema {
  const out: Schema = { ...a, ...b }
  if (a.properties || b.properties) {
    const properties = { ...a.properties }
    for (const [name, schema] of Object.entries(b.properties ?? {})) properties[name] = schema
    out.properties = properties
  }
  if (a.required || b.required) out.required = [...new Set([...(a.required ?? []), ...(b.required ?? [])])]
  return out
}

/** Without a mapping a discriminator's values would mean schema names; ours are the `const` of each option. */
function mapDiscriminator(schema: Schema, schemas: Record<string, Schema>): void {
  const { discriminator, oneOf } = schema
  if (!discriminator || !oneOf) return
  const entries = oneOf.flatMap(({ $ref }) => {
    const value = $ref && schemas[refName($ref)]?.properties?.[discriminator.propertyName]?.const
    return $ref && typeof value === 'string' ? [[value, $ref] as const] : []
  })
  if (entries.length === oneOf.length) schema.discriminator = { ...discriminator, mapping: Object.fromEntries(entries) }
}

/** An object of which nothing is said: every generator should read it as a map of anything. */
function isOpen(schema: Schema): boolean {
  return (
    [schema.type].flat().includes('object') &&
    !schema.properties &&
    schema.additionalProperties === undefined &&
    !schema.allOf
  )
}
