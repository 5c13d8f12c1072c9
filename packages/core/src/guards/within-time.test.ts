import { expect, test } from 'vitest'
import { withinTime } from './within-time.ts'

test('gives what the work gives, and throws what it throws', () => {
  expect(withinTime(1000, () => ['a'])).toEqual({ value: ['a'] })
  expect(withinTime(1000, () => undefined)).toEqual({ value: undefined })
  expect(() =>
    withinTime(1000, () => {
      throw new RangeError('mine')
    }),
  ).toThrow(RangeError)
})

test('breaks off a pattern that would never come to an end', () => {
  expect(withinTime(20, () => /(a+)+$/.test(`${'a'.repeat(60)}!`))).toBeUndefined()
  expect(withinTime(1000, () => 1)).toEqual({ value: 1 })
})
