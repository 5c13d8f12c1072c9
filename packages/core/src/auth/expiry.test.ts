import { expect, test } from 'vitest'
import { day } from '../clock.ts'
import { expiryOf } from './expiry.ts'

const now = Date.UTC(2026, 10, 21)

test('a key without an end never expires', () => {
  expect(expiryOf({}, now)).toBeNull()
  expect(expiryOf({ expires_at: null, expires_in_days: null }, now)).toBeNull()
})

test('days count from now', () => {
  expect(expiryOf({ expires_in_days: 30 }, now)).toBe(now + 30 * day)
  expect(expiryOf({ expires_in_days: 36_500 }, now)).toBe(now + 36_500 * day)
})

test('a moment wins over days', () => {
  expect(expiryOf({ expires_at: '2027-01-31T00:00:00Z', expires_in_days: 1 }, now)).toBe(Date.UTC(2027, 0, 31))
  expect(expiryOf({ expires_at: '2027-01-31T08:00:00.123456+08:00' }, now)).toBe(Date.UTC(2027, 0, 31) + 123)
})

test.each([
  [{ expires_in_days: 0 }, 'expires_in_days must be greater than 0'],
  [{ expires_in_days: -1 }, 'expires_in_days must be greater than 0'],
  [{ expires_in_days: 1.5 }, 'expires_in_days must be a whole number'],
  [{ expires_in_days: Number.NaN }, 'expires_in_days must be a whole number'],
  [{ expires_in_days: 36_501 }, 'expires_in_days must be at most 36500'],
  [{ expires_in_days: 9_007_199_254_740_991 }, 'expires_in_days must be at most 36500'],
  [{ expires_at: '2026-11-21T00:00:00Z' }, 'expires_at must be in the future'],
  [{ expires_at: '2027-01-31T00:00:00' }, 'expires_at must be an ISO 8601 time with an offset'],
  [{ expires_at: '2027-13-31T00:00:00Z' }, 'expires_at must be an ISO 8601 time with an offset'],
  [{ expires_at: 'tomorrow' }, 'expires_at must be an ISO 8601 time with an offset'],
])('%j is refused', (request, message) => {
  expect(() => expiryOf(request, now)).toThrow(message)
})
