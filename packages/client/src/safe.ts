import { type AstrBotError, isAstrBotError } from './errors/astrbot-error.ts'

/** How a call came out. */
export type Outcome<T> = { ok: true; data: T } | { ok: false; error: AstrBotError }

/**
 * A result instead of an exception, for errors of this package; others are still thrown.
 * @example
 * const result = await safe(client.get('/api/v1/chat/configs'))
 * if (!result.ok) console.error(result.error.code)
 */
export async function safe<T>(call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, data: await call }
  } catch (error) {
    if (isAstrBotError(error)) return { ok: false, error }
    throw error
  }
}
