/** A clock that moves only when told to. */
export interface ManualClock {
  now(): number
  /** Moves on by that many milliseconds. */
  advance(milliseconds: number): void
}

/** @param start epoch milliseconds; by default 6 July 2026, 04:00 UTC */
export function manualClock(start: number = Date.UTC(2026, 6, 6, 4)): ManualClock {
  let time = start
  return {
    now: () => time,
    advance(milliseconds) {
      time += milliseconds
    },
  }
}
