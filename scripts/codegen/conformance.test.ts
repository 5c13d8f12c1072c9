import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { routes } from '@astrbot/contract/routes'
import * as schemas from '@astrbot/contract/schemas'
import { createValidators } from '@astrbot/testing'
import { describe, expect, it } from 'vitest'
import { bundle } from './bundle.ts'
import { type Parser, type Score, type Subject, score } from './conformance/agreement.ts'
import { withFiles } from './conformance/files.ts'
import { meaningOf, toForm } from './conformance/form.ts'
import { file } from './conformance/generate.ts'
import { type Document, type Json, operationsOf, type Parameter, type Schema } from './document.ts'

const root = join(import.meta.dirname, '../..')
const document = JSON.parse(
  readFileSync(join(root, 'packages/contract/src/generated/openapi.json'), 'utf8'),
) as Document
const components = document.components.schemas

// Ajv reads the contract as it is written, before code generation has rearranged anything.
const written = { ...bundle(join(root, 'openspec/openapi-v1.yaml')) }
const binary = (text: string) => text === file
const ajv = createValidators(written, { binary })

const asJson = (value: Json) => ({ zod: withFiles(value), ajv: value })
const asForm = (schema: Schema) => (value: Json) => {
  const form = toForm(value)
  return form && { zod: withFiles(form), ajv: meaningOf(form, schema, components) }
}

function judge(subjects: Subject[], runs: number): Record<'valid' | 'invalid', number> {
  const scores = subjects.map((subject): [string, Score] => {
    const first = score(subject, components, runs)
    return [subject.name, first.valid > 0 || first.problem ? first : score(subject, components, 20 * runs)]
  })
  expect(scores.flatMap(([, { problem }]) => problem ?? [])).toEqual([])
  // A subject of which no good value was made would agree on everything.
  expect(scores.filter(([, { valid }]) => valid === 0).map(([name]) => name)).toEqual([])
  const sum = (key: 'valid' | 'invalid') => scores.reduce((total, [, own]) => total + own[key], 0)
  return { valid: sum('valid'), invalid: sum('invalid') }
}

describe('Zod and Ajv agree', { timeout: 120_000 }, () => {
  it('on every named type', () => {
    const makers = schemas as unknown as Record<string, () => Parser>
    const subjects = Object.entries(components).map(([name, schema]): Subject => {
      const zod = makers[name]?.()
      if (!zod) throw new Error(`${name} has no Zod schema`)
      return { name, schema, zod, ajv: ajv.at('components', 'schemas', name), encode: asJson }
    })
    const seen = judge(subjects, 30)
    console.log(`${subjects.length} named types: ${seen.valid} good and ${seen.invalid} spoilt values`)
  })

  it('on every request body', () => {
    const subjects = operationsOf(document).flatMap(({ path, method, operation }) =>
      Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, media]): Subject[] => {
        const make = routes[operation.operationId as keyof typeof routes].body?.content[type]
        if (!make || !media.schema) return []
        const form = !type.includes('json')
        const pointer = ['paths', path, method, 'requestBody', 'content', type, 'schema']
        const encode = form ? asForm(media.schema) : asJson
        return [
          {
            name: `${operation.operationId} ${type}`,
            schema: media.schema,
            zod: make(),
            ajv: ajv.at(...pointer),
            encode,
          },
        ]
      }),
    )
    const seen = judge(subjects, 60)
    console.log(`${subjects.length} request bodies: ${seen.valid} good and ${seen.invalid} spoilt values`)
  })

  it('on every answer', () => {
    const subjects = operationsOf(document).flatMap(({ path, method, operation }) =>
      Object.entries(operation.responses).flatMap(([status, response]): Subject[] => {
        const schema = response.content?.['application/json']?.schema
        const make = routes[operation.operationId as keyof typeof routes].answers?.[Number(status)]
        if (!make || !schema) return []
        const pointer = ['paths', path, method, 'responses', status, 'content', 'application/json', 'schema']
        const name = `${operation.operationId} ${status}`
        return [{ name, schema, zod: make(), ajv: ajv.at(...pointer), encode: asJson }]
      }),
    )
    const seen = judge(subjects, 15)
    console.log(`${subjects.length} answers: ${seen.valid} good and ${seen.invalid} spoilt values`)
  })

  it('on every set of query and path parameters', () => {
    const sets = operationsOf(document).flatMap(({ operation }) => {
      const route = routes[operation.operationId as keyof typeof routes]
      return (['path', 'query'] as const).flatMap(place => {
        const make = place === 'path' ? route.params : route.query
        const own = (operation.parameters ?? []).filter(parameter => parameter.in === place)
        return make && own.length > 0
          ? [{ name: `${operation.operationId} ${place}`, make, schema: objectOf(own) }]
          : []
      })
    })
    const checks = Object.fromEntries(sets.map(({ name, schema }) => [name, schema]))
    const alone = createValidators({ components: { schemas: components }, checks })
    const subjects = sets.map(({ name, make, schema }): Subject => {
      return {
        name,
        schema,
        zod: withoutDefaults(make(), schema),
        ajv: alone.at('checks', name),
        encode: asForm(schema),
      }
    })
    const seen = judge(subjects, 30)
    console.log(`${subjects.length} sets of parameters: ${seen.valid} good and ${seen.invalid} spoilt values`)
  })
})

/** Parameters as the fields of one object. */
function objectOf(parameters: Parameter[]): Schema {
  return {
    type: 'object',
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
  }
}

/** Defaults of parameters are filled in on purpose; here they would count as invented. */
function withoutDefaults(zod: Parser, schema: Schema): Parser {
  return {
    safeParse(value) {
      const result = zod.safeParse(value)
      const given = Object.entries(result.data ?? {}).filter(
        ([name]) => name in (value as object) || schema.properties?.[name]?.default === undefined,
      )
      return { ...result, data: Object.fromEntries(given) }
    },
  }
}
