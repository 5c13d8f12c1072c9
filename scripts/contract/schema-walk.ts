import { type Document, operationsOf, refName, type Schema } from '../codegen/document.ts'

/** A schema and where it stands, as a person would say it: `ChatRequest.message[]`, `listBots 200 data`. */
export interface Placed {
  place: string
  schema: Schema
}

/** The schema behind any number of `$ref`s. */
export function resolve(schema: Schema, document: Document): Schema {
  let current = schema
  while (current.$ref !== undefined) {
    const target = document.components.schemas[refName(current.$ref)]
    if (!target) throw new Error(`${current.$ref} leads nowhere`)
    current = target
  }
  return current
}

/** Every schema of the document: components, parameters, bodies and answers, with all that is inside of them. */
export function* allSchemas(document: Document): Generator<Placed> {
  for (const [name, schema] of Object.entries(document.components.schemas)) yield* inside({ place: name, schema })
  for (const { operation } of operationsOf(document)) {
    const id = operation.operationId
    for (const parameter of operation.parameters ?? []) {
      if (parameter.schema)
        yield* inside({ place: `${id} ${parameter.in} ${parameter.name}`, schema: parameter.schema })
    }
    for (const [type, media] of Object.entries(operation.requestBody?.content ?? {})) {
      if (media.schema) yield* inside({ place: `${id} body ${type}`, schema: media.schema })
    }
    for (const [status, response] of Object.entries(operation.responses)) {
      for (const media of Object.values(response.content ?? {})) {
        if (media.schema) yield* inside({ place: `${id} ${status}`, schema: media.schema })
      }
    }
  }
}

/** What a reason opens may hold anything: its untyped items and fields are not told again. */
function* inside(placed: Placed, openedAbove = false): Generator<Placed> {
  yield placed
  const { place, schema } = placed
  const open = openedAbove || schema['x-astrbot-open'] !== undefined
  for (const [name, field] of Object.entries(schema.properties ?? {}))
    yield* inside({ place: `${place}.${name}`, schema: field })
  if (schema.items && !(open && saysNothing(schema.items))) yield* inside({ place: `${place}[]`, schema: schema.items })
  const extra = schema.additionalProperties
  if (typeof extra === 'object' && !(open && saysNothing(extra))) yield* inside({ place: `${place}.*`, schema: extra })
  for (const word of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const part of schema[word] ?? []) yield* inside({ place, schema: part }, open)
  }
}

function saysNothing(schema: Schema): boolean {
  return !(schema.$ref ?? schema.properties ?? schema.items ?? schema.anyOf ?? schema.oneOf ?? schema.allOf)
}
