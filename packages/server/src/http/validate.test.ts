import { expect, test } from 'vitest'
import * as z from 'zod'
import { validate } from './validate.ts'

test('of a query parameter that comes twice, the last value counts', () => {
  const form = z.object({
    name: z.string().optional(),
    kind: z.enum(['a', 'b']).optional(),
    list: z.array(z.string()).max(3).optional(),
  })
  const query = (value: unknown) => validate('query', form, value)
  expect(query({ name: ['x', 'y'], kind: ['a', 'b'] })).toEqual({ name: 'y', kind: 'b' })
  expect(() => query({ kind: ['a', 'c'] })).toThrow(expect.objectContaining({ code: 'validation_failed' }))
  expect(() => query({ list: ['1', '2', '3', '4'] })).toThrow(expect.objectContaining({ code: 'validation_failed' }))
})
