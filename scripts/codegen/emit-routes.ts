import { type Document, type Located, operationsOf, type Parameter, type Schema } from './document.ts'
import { bySpecificity } from './operations.ts'
import { ZodWriter } from './zod.ts'

/** `routes.ts`: what the server checks of every operation, in the order in which routes must be registered. */
export function emitRoutes(document: Document): string {
  const writer = new ZodWriter(document.components.schemas)
  const lines = operationsOf(document)
    .sort(bySpecificity)
    .map(located => `  ${located.operation.operationId}: ${route(located, writer)},`)
  return `import * as z from 'zod'
import type { Route } from '../route.ts'
import * as s from './schemas.ts'
import type { operations } from './types.ts'
import { dateTime, list, maxProperties, minProperties, once, textBoolean, textNumber } from '../zod-helpers.ts'

export const routes: Record<keyof operations, Route> = {
${lines.join('\n')}
}

void [dateTime, list, maxProperties, minProperties, textBoolean, textNumber]
`.replaceAll(/z\.lazy\((\w+)\)/g, 'z.lazy(s.$1)')
}

function route({ operation }: Located, writer: ZodWriter): string {
  const parts: string[] = []
  for (const [key, place] of [
    ['params', 'path'],
    ['query', 'query'],
    ['headers', 'header'],
  ] as const) {
    const own = (operation.parameters ?? []).filter(parameter => parameter.in === place)
    if (own.length > 0) parts.push(`${key}: once(() => ${parameters(own, writer)})`)
  }
  const body = operation.requestBody
  if (body) {
    const media = Object.entries(body.content).map(([type, { schema }]) => {
      return `${JSON.stringify(type)}: ${/json|form/.test(type) && schema ? content(type, schema, writer) : 'null'}`
    })
    const raw = body['x-astrbot-cast'] === true ? ', raw: true' : ''
    parts.push(`body: { required: ${body.required === true}${raw}, content: { ${media.join(', ')} } }`)
  }
  const answers = Object.entries(operation.responses).flatMap(([status, response]) => {
    const schema = response.content?.['application/json']?.schema
    return status.startsWith('2') && schema ? [`${status}: ${content('application/json', schema, writer)}`] : []
  })
  if (answers.length > 0) parts.push(`answers: { ${answers.join(', ')} }`)
  return `{ ${parts.join(', ')} }`
}

function content(type: string, schema: Schema, writer: ZodWriter): string {
  return `once(() => ${writer.write(schema, type.includes('json') ? 'json' : 'text')})`
}

function parameters(list: Parameter[], writer: ZodWriter): string {
  const fields = list.map(({ name, required, schema }) => {
    const written = writer.write(schema, 'text')
    const key = JSON.stringify(name)
    if (schema.default !== undefined) return `${key}: ${written}.default(${JSON.stringify(schema.default)})`
    return `${key}: ${written}${required ? '' : '.exactOptional()'}`
  })
  return `z.object({ ${fields.join(', ')} })`
}
