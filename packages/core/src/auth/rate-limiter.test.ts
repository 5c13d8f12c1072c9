import { manualClock } from '@astrbot/testing'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { authFixture, here } from './auth.testing.ts'
import { RateLimiter } from './rate-limiter.ts'

const rate = { burst: 3, interval: 1000 }

describe('the rate limiter', () => {
  test('allows a burst, then one attempt per interval, and tells how long to wait', () => {
    const clock = manualClock()
    const limiter = new RateLimiter(clock)
    expect([1, 2, 3].map(() => limiter.take('a', rate))).toEqual([0, 0, 0])
    expect(limiter.take('a', rate)).toBe(1)
    clock.advance(999)
    expect(limiter.take('a', rate)).toBe(1)
    clock.advance(1)
    expect(limiter.take('a', rate)).toBe(0)
    expect(limiter.take('a', rate)).toBe(1)
    clock.advance(60_000)
    expect([1, 2, 3, 4].map(() => limiter.take('a', rate))).toEqual([0, 0, 0, 1])
  })

  test('counts every key by itself', () => {
    const limiter = new RateLimiter(manualClock())
    for (let i = 0; i < 4; i++) limiter.take('a', rate)
    expect(limiter.take('b', rate)).toBe(0)
  })

  test('is open again after the time it names, and never lets more through than the rate', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 90_000 }),
        fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 60 }),
        (burst, interval, pauses) => {
          const clock = manualClock()
          const limiter = new RateLimiter(clock)
          const start = clock.now()
          let passed = 0
          for (const pause of pauses) {
            const wait = limiter.take('a', { burst, interval })
            if (wait === 0) passed++
            expect(passed).toBeLessThanOrEqual(burst + Math.floor((clock.now() - start) / interval))
            clock.advance(wait * 1000)
            if (wait > 0) {
              expect(limiter.take('a', { burst, interval })).toBe(0)
              passed++
            }
            clock.advance(pause)
          }
        },
      ),
    )
  })

  test('remembers a bounded number of keys, and the busy ones longest', () => {
    const clock = manualClock()
    const limiter = new RateLimiter(clock)
    for (let i = 0; i < 30_000; i++) {
      limiter.take(`address ${i}`, rate)
      if (i % 100 === 0) limiter.take('busy', rate)
    }
    expect(limiter.size).toBeLessThanOrEqual(10_000)
    expect(limiter.take('busy', rate)).toBeGreaterThan(0)
  })
})

describe('attempts', () => {
  const guess = { username: 'astrbot', password: 'Wrong-Horse-9' }

  test('are limited by the configuration, across everything that checks a secret', async () => {
    const { auth, clock, config } = await authFixture({
      dashboard: { auth_rate_limit: { enable: true, average_interval: 2, max_burst: 2 } },
    })
    await expect(auth.login(guess, here)).rejects.toThrow('Incorrect')
    await expect(auth.updateAccount({ password: 'Wrong-Horse-9' }, here)).rejects.toThrow('current password')
    await expect(auth.login(guess, here)).rejects.toMatchObject({
      code: 'rate_limited',
      params: { seconds: 2 },
      data: { retry_after: 2 },
    })
    await expect(auth.login(guess, { address: '192.0.2.2' })).rejects.toThrow('Incorrect')
    clock.advance(2000)
    await expect(auth.login(guess, here)).rejects.toThrow('Incorrect')
    await config.update(draft => (draft.dashboard.auth_rate_limit.enable = false))
    await expect(auth.login(guess, here)).rejects.toThrow('Incorrect')
  })

  test('fall back to three at once and one a second where the numbers make no sense', async () => {
    const { auth } = await authFixture({
      dashboard: { auth_rate_limit: { enable: true, average_interval: 0, max_burst: -1 } },
    })
    for (let i = 0; i < 3; i++) await expect(auth.login(guess, here)).rejects.toThrow('Incorrect')
    await expect(auth.login(guess, here)).rejects.toMatchObject({ data: { retry_after: 1 } })
  })

  test('are not counted in test mode', async () => {
    const { auth } = await authFixture({
      options: { testMode: true },
      dashboard: { auth_rate_limit: { enable: true, average_interval: 1, max_burst: 3 } },
    })
    for (let i = 0; i < 5; i++) await expect(auth.login(guess, here)).rejects.toThrow('Incorrect')
  })
})
