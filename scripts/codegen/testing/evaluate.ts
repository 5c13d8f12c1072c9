import * as z from 'zod'
import * as helpers from '../../../packages/contract/src/zod-helpers.ts'
import type { Document, Operation, Schema } from '../document.ts'
import { type Source, ZodWriter } from '../zod.ts'

/** Builds the Zod schema that code generation would write for a schema. */
export function zodOf(schema: Schema, source: Source = 'json', components: Record<string, Schema> = {}): z.ZodType {
  const writer = new ZodWriter(components)
  const named = Object.entries(components).map(([name, part]) => `const ${name} = once(() => ${writer.write(part)})`)
  const scope = { z, ...helpers }
  const make = new Function(...Object.keys(scope), `${named.join('\n')}\nreturn ${writer.write(schema, source)}`)
  return make(...Object.values(scope)) as z.ZodType
}

/** Whether the written schema takes a value. */
export function takes(
  schema: Schema,
  value: unknown,
  source: Source = 'json',
  components: Record<string, Schema> = {},
): boolean {
  return zodOf(schema, source, components).safeParse(value).success
}

/** What the written schema makes of a value it takes. */
export function parsed(
  schema: Schema,
  value: unknown,
  source: Source = 'json',
  components: Record<string, Schema> = {},
): unknown {
  return zodOf(schema, source, components).parse(value)
}

/** A document with the given operations by `METHOD /path`; what an operation does not say is made up. */
export function documentOf(
  operations: Record<string, Partial<Operation>>,
  schemas: Record<string, Schema> = {},
): Document {
  const paths: Document['paths'] = {}
  for (const [place, given] of Object.entries(operations)) {
    const [method = '', path = ''] = place.split(' ')
    const operation: Operation = {
      operationId: place,
      tags: ['Things'],
      summary: place,
      responses: { 200: {} },
      ...given,
    }
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Test', version: '1' },
    tags: [{ name: 'Things' }],
    security: [{ Key: [] }],
    paths,
    components: { schemas, parameters: {}, responses: {}, securitySchemes: {} },
  }
}
