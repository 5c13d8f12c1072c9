import type { Document } from './document.ts'
import { ZodWriter } from './zod.ts'

/** `schemas.ts`: one Zod schema per component, built on first use and held against the generated types. */
export function emitSchemas(document: Document): string {
  const { schemas } = document.components
  const writer = new ZodWriter(schemas)
  const lines = Object.entries(schemas).map(
    ([name, schema]) =>
      `export const ${name}: () => z.ZodType<Schemas['${name}']> = once(() => ${writer.write(schema)})`,
  )
  return `import * as z from 'zod'
import { dateTime, maxProperties, minProperties, once } from '../zod-helpers.ts'
import type { components } from './types.ts'

type Schemas = components['schemas']

${lines.join('\n')}

void [dateTime, maxProperties, minProperties]
`
}
