import { day } from '../clock.ts'
import { AstrBotError } from '../errors.ts'

const longestDays = 36_500

/**
 * When a new key stops working, in epoch milliseconds; null for never. `expires_at` wins over `expires_in_days`.
 *
 * @throws AstrBotError `invalid_expiry`
 */
export function expiryOf(
  request: { expires_at?: string | null; expires_in_days?: number | null },
  now: number,
): number | null {
  if (request.expires_at !== undefined && request.expires_at !== null) return fromTime(request.expires_at, now)
  if (request.expires_in_days !== undefined && request.expires_in_days !== null)
    return fromDays(request.expires_in_days, now)
  return null
}

function fromTime(text: string, now: number): number {
  // Without an offset the same text would mean another moment on another server.
  const time = /^\d{4}-\d{2}-\d{2}[Tt ].*([Zz]|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time))
    throw new AstrBotError('invalid_expiry', { field: 'expires_at', rule: 'an ISO 8601 time with an offset' })
  if (time <= now) throw new AstrBotError('invalid_expiry', { field: 'expires_at', rule: 'in the future' })
  return time
}

function fromDays(days: number, now: number): number {
  const field = 'expires_in_days'
  if (!Number.isInteger(days)) throw new AstrBotError('invalid_expiry', { field, rule: 'a whole number' })
  if (days < 1) throw new AstrBotError('invalid_expiry', { field, rule: 'greater than 0' })
  if (days > longestDays) throw new AstrBotError('invalid_expiry', { field, rule: `at most ${longestDays}` })
  return now + days * day
}
