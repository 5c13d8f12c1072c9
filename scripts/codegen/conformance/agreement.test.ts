import { createValidators } from '@astrbot/testing'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { Schema } from '../document.ts'
import { zodOf } from '../testing/evaluate.ts'
import { score } from './agreement.ts'

const thing: Schema = {
  type: 'object',
  required: ['name', 'part'],
  additionalProperties: false,
  properties: {
    name: { type: ['string', 'null'], minLength: 1, maxLength: 9 },
    size: { type: 'integer', minimum: 0, maximum: 40 },
    on: { type: 'boolean', default: true },
    part: {
      oneOf: [
        { type: 'object', required: ['a'], properties: { a: { type: 'number' } } },
        { type: 'object', required: ['b'], properties: { b: { type: 'number' } } },
      ],
    },
  },
}

const fields = {
  name: z.string().min(1).max(9).nullable(),
  size: z.int().min(0).max(40).exactOptional(),
  on: z.boolean().exactOptional(),
  part: z.xor([z.object({ a: z.number() }), z.object({ b: z.number() })]),
}

function judged(zod: z.ZodType) {
  const ajv = createValidators({ components: { schemas: { Thing: thing } } }).at('components', 'schemas', 'Thing')
  return score({ name: 'Thing', schema: thing, zod, ajv, encode: value => ({ zod: value, ajv: value }) }, {}, 1500)
}

describe('score', () => {
  it('finds nothing to say of the right schema, which has seen good and spoilt values', () => {
    const { valid, invalid, problem } = judged(zodOf(thing))
    expect(problem).toBeUndefined()
    expect(valid).toBeGreaterThan(300)
    expect(invalid).toBeGreaterThan(300)
  })

  it.each<[string, z.ZodType]>([
    ['a limit of a text', z.strictObject({ ...fields, name: z.string().min(1).nullable() })],
    ['a limit of a number', z.strictObject({ ...fields, size: z.int().min(0).max(41).exactOptional() })],
    ['whole numbers', z.strictObject({ ...fields, size: z.number().min(0).max(40).exactOptional() })],
    ['null', z.strictObject({ ...fields, name: z.string().min(1).max(9) })],
    ['a required field', z.strictObject({ ...fields, name: fields.name.exactOptional() })],
    ['unknown fields', z.object(fields)],
    ['a default', z.strictObject({ ...fields, on: z.boolean().default(true) })],
    ['conversion', z.strictObject({ ...fields, on: z.coerce.boolean().exactOptional() })],
    [
      'two variants at once',
      z.strictObject({
        ...fields,
        part: z.union([z.looseObject({ a: z.number() }), z.looseObject({ b: z.number() })]),
      }),
    ],
  ])('finds a mistake about %s', (_, zod) => {
    expect(judged(zod).problem).toContain('Thing: {')
  })
})
