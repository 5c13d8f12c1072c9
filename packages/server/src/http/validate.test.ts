import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { validate } from './validate.ts'

const form = z.object({
  count: z.int().min(1).nullable().optional(),
  share: z.number().optional(),
  on: z.boolean().optional(),
  name: z.string().optional(),
  kind: z.enum(['a', 'b']).optional(),
  list: z
    .array(z.object({ on: z.boolean() }))
    .max(3)
    .optional(),
})

const body = (value: unknown) => validate('body', form, value)
const refused = expect.objectContaining({ code: 'validation_failed' })

describe('the body of a request', () => {
  test('may have numbers and yes or no in other notations', () => {
    expect(body({ count: '7', share: ' -1.5 ', on: 'Yes' })).toEqual({ count: 7, share: -1.5, on: true })
    expect(body({ count: '3.0', on: '0', list: [{ on: 1 }, { on: 'off' }] })).toEqual({
      count: 3,
      on: false,
      list: [{ on: true }, { on: false }],
    })
  })

  test('leaves the sender what was sent', () => {
    const sent = { list: [{ on: 'true' }] }
    body(sent)
    expect(sent).toEqual({ list: [{ on: 'true' }] })
  })

  test.each([
    { count: 'x' },
    { count: '' },
    { count: '0' },
    { count: '1.5' },
    { count: '1e3' },
    { count: true },
    { count: ['7'] },
    { on: 'perhaps' },
    { on: 2 },
    { on: 0.5 },
    { on: 'constructor' },
    { on: null },
    { name: 7 },
    { name: ['x'] },
    { list: [{ on: true }, { on: 'no' }, { on: 'x' }] },
    { count: '7', name: 7 },
  ])('has no other types: %j', value => {
    expect(() => body(value)).toThrow(refused)
  })
})

test('a body with very many mistakes is refused in no time', () => {
  const rows = z.array(z.object({ on: z.boolean() }))
  const row = { on: 'yes' }
  expect(validate('body', rows, Array(20).fill(row))).toHaveLength(20)
  expect(() => validate('body', rows, Array(50_000).fill(row))).toThrow(refused)
})

test('of a query parameter that comes twice, the last value counts', () => {
  const query = (value: unknown) => validate('query', form, value)
  expect(query({ name: ['x', 'y'], kind: ['a', 'b'] })).toEqual({ name: 'y', kind: 'b' })
  expect(() => query({ kind: ['a', 'c'] })).toThrow(refused)
  expect(() => query({ list: [1, 2, 3, 4] })).toThrow(refused)
})
