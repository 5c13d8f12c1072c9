import { type Document, operationsOf, type Parameter, refName, type Schema } from './document.ts'

/**
 * Makes the document easy to read for every generator, without changing what it says:
 * `allOf` of objects becomes one object, parameters given by `$ref` are inlined, sibling-only wrappers vanish.
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
    const media = [operation.requestBody?.content, ...Object.values(operation.responses).map(response => response.content)]
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
  if (typeof schema.additionalProperties === 'object') out.additionalProperties = flatten(schema.additionalProperties, schemas)
  for (const key of ['anyOf', 'oneOf'] as const) {
    const list = schema[key]
    if (list) out[key] = list.map(item => flatten(item, schemas))
  }
  if (isOpen(out)) out.additionalProperties = true
  if (!schema.allOf) return out
  const { allOf, ...rest } = out
  return [...allOf, rest].reduce<Schema>((merged, part) => {
    const resolved = part.$ref === undefined ? part : (schemas[refName(part.$ref)] ?? {})
    return merge(merged, flatten(resolved, schemas))
  }, {})
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
  return [schema.type].flat().includes('object') && !schema.properties && schema.additionalProperties === undefined && !schema.allOf
}
