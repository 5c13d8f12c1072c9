import { manualClock } from '@astrbot/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { KeyUses } from './key-uses.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('uses are written once a second at most, whatever their number', async () => {
  const written: Array<Record<string, number>> = []
  const clock = manualClock(0)
  const uses = new KeyUses(clock, async map => void written.push(Object.fromEntries(map)))
  for (let i = 0; i < 1000; i++) {
    clock.advance(1)
    uses.note(i % 2 ? 'a' : 'b')
  }
  await vi.advanceTimersByTimeAsync(999)
  expect(written).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(written).toEqual([{ a: 1000, b: 999 }])
  expect(uses.pending('a')).toBeUndefined()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(written).toHaveLength(1)
})

test('what cannot be written is kept for the next time', async () => {
  let broken = true
  const written: Array<Record<string, number>> = []
  const uses = new KeyUses(manualClock(7), async map => {
    if (broken) throw new Error('busy')
    written.push(Object.fromEntries(map))
  })
  uses.note('a')
  await vi.advanceTimersByTimeAsync(1000)
  expect(uses.pending('a')).toBe(7)
  broken = false
  await uses.flush()
  expect(written).toEqual([{ a: 7 }])
})

test('a use during writing is not lost', async () => {
  const clock = manualClock(1)
  const written: Array<Record<string, number>> = []
  const uses: KeyUses = new KeyUses(clock, async map => {
    written.push(Object.fromEntries(map))
    if (written.length === 1) {
      clock.advance(1)
      uses.note('a')
    }
  })
  uses.note('a')
  await uses.flush()
  expect(uses.pending('a')).toBe(2)
  await uses.flush()
  expect(written).toEqual([{ a: 1 }, { a: 2 }])
})
