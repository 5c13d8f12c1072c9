import { printCoverage } from '@astrbot/testing'
import { expect, it } from 'vitest'
import { checker } from './checker.ts'
import { bodySchemaOf, contract, declarationOf, infoOf, type OperationId, type Schema } from './contract.ts'
import { fieldsOf, jsonTypes, samples, tellsOf, withValue } from './fields.ts'
import type { TestServer } from './server.ts'

/** A call that would succeed, or fail for a reason of its own, if nothing were wrong with it. */
export interface Example {
  params?: Record<string, string>
  query?: Record<string, string>
  json?: Record<string, unknown>
}

export interface RefusalOptions {
  server(): TestServer
  /** One that takes bodies up to 2000 bytes. */
  narrow(): TestServer
  /** Every operation to test, with calls of every shape its body can have. */
  examples: Partial<Record<OperationId, readonly Example[]>>
  /** Places whose type depends on another value; tested elsewhere. */
  untyped?: RegExp
}

/** Tests what every operation refuses in the same way: callers, bodies, types. */
export function itRefuses({ server, narrow, examples, untyped }: RefusalOptions): void {
  const ids = Object.keys(examples) as OperationId[]
  const first = (id: OperationId): Example => examples[id]?.[0] ?? {}
  const withBody = ids.filter(id => bodySchemaOf(id) !== undefined)

  it.each(ids)('%s is 401 without a credential, 403 without the scope', async id => {
    const nobody = await server().call(id, { as: 'nobody', ...first(id) })
    expect(nobody).toMatchObject({ status: 401, error: { code: 'missing_credentials' } })
    const { scope } = infoOf(id)
    const weak = await server().call(id, { as: scope === 'persona' ? 'key' : 'weakKey', ...first(id) })
    expect(weak).toMatchObject({ status: 403, error: { code: 'insufficient_scope', required_scope: scope } })
  })

  it.each(withBody)('%s is 400 with half a JSON text, 415 with a form, 413 with more than the limit', async id => {
    const { json, ...rest } = first(id)
    const half = await server().call(id, { ...rest, body: JSON.stringify(json).slice(0, -1), type: 'application/json' })
    expect(half).toMatchObject({ status: 400, error: { code: 'malformed_json' } })
    const form = await server().call(id, { ...rest, body: 'a=b', type: 'application/x-www-form-urlencoded' })
    expect(form).toMatchObject({ status: 415, error: { code: 'unsupported_media_type' } })
    const long = await narrow().call(id, { ...rest, json: { ...json, more: 'x'.repeat(2000) } })
    expect(long).toMatchObject({ status: 413, error: { code: 'payload_too_large' } })
  })

  it.each(withBody)('%s is 422 with a value of the wrong type, and names the place', async id => {
    for (const example of examples[id] ?? []) {
      const fields = fieldsOf(shapeOf(bodySchemaOf(id) ?? {}, example.json ?? {}))
      for (const field of fields.filter(({ name }) => !untyped?.test(name))) {
        for (const type of jsonTypes.filter(candidate => !field.takes(candidate))) {
          const json = withValue(example.json, field.path, samples[type])
          const answer = await server().call(id, { ...example, json })
          const told = answer.error.issues?.map(issue => issue.path) ?? []
          const place = `${field.name} as ${type}: ${answer.status}, told ${told}`
          expect(answer.status, place).toBe(422)
          expect(
            told.some(path => tellsOf(path, field.name)),
            place,
          ).toBe(true)
        }
      }
    }
  })

  const parameters = ids
    .filter(id => infoOf(id).statuses.includes(422))
    .flatMap(id =>
      (declarationOf(id).parameters ?? []).map(({ name, in: where, schema }) => ({ id, name, where, schema })),
    )

  if (parameters.length === 0) return
  it.each(parameters)('$id is 422 with an unusable $where parameter $name', async ({ id, name, where, schema }) => {
    const wrong = ['a\0b', ...(schema.type === 'integer' ? ['x', '1.5', ''] : [])]
    for (const value of wrong) {
      const { params, query, ...rest } = first(id)
      const answer = await server().call(id, {
        ...rest,
        params: { ...params, ...(where === 'path' && { [name]: value }) },
        query: { ...query, ...(where === 'query' && { [name]: value }) },
      })
      expect(answer, JSON.stringify(value)).toMatchObject({ status: 422, error: { code: 'validation_failed' } })
      expect(answer.error.issues?.[0]?.path).toBe(`${where}.${name}`)
    }
  })
}

/** The last test of a file: every declared answer of the operations was seen, and held against the contract. */
export function itSawEveryAnswer(examples: RefusalOptions['examples']): void {
  it('has seen every declared answer', () => {
    const ids = Object.keys(examples) as OperationId[]
    // biome-ignore lint/suspicious/noConsole: the table is for whoever runs the tests
    expect(printCoverage({ ...contract }, checker.coverage, ids, console.log, [])).toBe(0)
  })
}

/** The alternative of a body that an example is of. */
function shapeOf(schema: Schema, example: Record<string, unknown>): Schema {
  const named = schema.$ref === undefined ? schema : contract.components.schemas[schema.$ref.split('/').at(-1) ?? '']
  const fits = ({ $ref }: Schema) =>
    Object.entries(contract.components.schemas[$ref?.split('/').at(-1) ?? '']?.properties ?? {}).every(
      ([key, { const: only, enum: some = only === undefined ? undefined : [only] }]) =>
        some === undefined || some.includes(example[key]),
    )
  return named?.oneOf?.find(fits) ?? schema
}
