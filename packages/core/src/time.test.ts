import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isoTime, isoTimeOrNull } from './time.ts'

test('times are printed in UTC with six digits, or none', () => {
  expect(isoTime(Date.UTC(2026, 6, 6, 4, 0, 0, 123))).toBe('2026-07-06T04:00:00.123000+00:00')
  expect(isoTime(Date.UTC(2026, 6, 6, 4))).toBe('2026-07-06T04:00:00+00:00')
  expect(Date.parse(isoTime(1_800_000_000_001))).toBe(1_800_000_000_001)
  expect(isoTimeOrNull(null)).toBeNull()
})

test('they are those of Date', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), date => {
      const fraction = date.getTime() % 1000 === 0 ? '' : '000'
      expect(isoTime(date.getTime())).toBe(date.toISOString().replace(/(?:\.000)?Z$/, `${fraction}+00:00`))
    }),
  )
})
