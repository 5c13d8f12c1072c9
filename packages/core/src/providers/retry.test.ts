import { manualClock } from '@astrbot/testing'
import { expect, test } from 'vitest'
import { VendorFailure } from './failure.ts'
import { sleep, waitBeforeRetry } from './retry.ts'

const clock = manualClock()
const status = (code: number, retryAfter?: string) => new VendorFailure('status', '', { status: code, retryAfter })
const wait = (failure: VendorFailure, attempt = 1, keys = 1) =>
  waitBeforeRetry(failure, attempt, keys, clock, () => 0.5)

test('waits half a second, then a whole one, each by chance shorter; then it is over', () => {
  expect([1, 2, 3].map(attempt => wait(status(500), attempt))).toEqual([250, 500, undefined])
})

test('knows Retry-After in seconds and as a date, and its own limit', () => {
  expect(wait(status(429, '3'))).toBe(3000)
  expect(wait(status(503, new Date(clock.now() + 5000).toUTCString()))).toBe(5000)
  expect(wait(status(429, '0'))).toBe(250)
  expect(wait(status(429, 'soon'))).toBe(250)
  expect(wait(status(429, '21'))).toBeUndefined()
})

test('only what may pass is tried again', () => {
  expect(wait(new VendorFailure('unreachable', ''))).toBe(250)
  expect(wait(new VendorFailure('broken', ''))).toBe(250)
  for (const failure of [
    status(400),
    status(404),
    new VendorFailure('silent', ''),
    new VendorFailure('unreadable', ''),
  ]) {
    expect(wait(failure)).toBeUndefined()
  }
})

test('a refused or exhausted key makes room for the next', () => {
  expect([1, 2, 3].map(attempt => wait(status(401), attempt, 3))).toEqual([0, 0, undefined])
  expect([1, 2, 3].map(attempt => wait(status(429, '60'), attempt, 3))).toEqual([100, 100, undefined])
  expect(wait(status(403), 10, 99)).toBeUndefined()
})

test('sleep ends with the signal', async () => {
  await sleep(1, new AbortController().signal)
  await expect(sleep(10_000, AbortSignal.abort('why'))).rejects.toBe('why')
  const controller = new AbortController()
  const sleeping = sleep(10_000, controller.signal)
  controller.abort('now')
  await expect(sleeping).rejects.toBe('now')
})

test('is as stubborn as somebody wants', () => {
  const tries = (retries: number) =>
    [1, 2, 3, 4, 5, 6, 7].map(attempt => waitBeforeRetry(status(500), attempt, 1, clock, () => 1, retries))
  expect(tries(0)[0]).toBeUndefined()
  expect(tries(6)).toEqual([500, 1000, 2000, 4000, 8000, 10_000, undefined])
})
