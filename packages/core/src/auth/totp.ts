import { Secret, TOTP } from 'otpauth'
import { type Clock, second } from '../clock.ts'
import { type Ids, randomFrom } from '../ids.ts'

const step = 30 * second

/** A new secret: 32 base32 characters (20 bytes). */
export function makeTotpSecret(ids: Ids): string {
  return base32(randomFrom(ids, 20))
}

/** Base32 without padding. */
export function base32(bytes: Uint8Array): string {
  return new Secret({ buffer: Uint8Array.from(bytes).buffer }).base32
}

/** Whether a text has the shape of an authenticator's code, not that of a recovery code. */
export function isTotpCode(code: string): boolean {
  return /^\d{6}$/.test(code.trim())
}

/**
 * Checks codes of authenticators (SHA-1, 6 digits, 30 s, one step of tolerance). Each code works once: a step that is
 * not later than the last accepted one of the same secret is refused.
 */
export class TotpVerifier {
  readonly #clock: Clock
  readonly #lastStep = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Uses up the code when it is good. */
  accept(secret: string, code: string): boolean {
    if (!isTotpCode(code)) return false
    const now = this.#clock.now()
    const delta = validate(secret.trim(), code.trim(), now)
    if (delta === null) return false
    const current = Math.floor(now / step)
    const accepted = current + delta
    if (accepted <= (this.#lastStep.get(secret.trim()) ?? -1)) return false
    this.#forget(current)
    this.#lastStep.set(secret.trim(), accepted)
    return true
  }

  /** Steps behind the tolerance cannot come again. */
  #forget(current: number): void {
    for (const [secret, last] of this.#lastStep) if (last < current - 1) this.#lastStep.delete(secret)
  }
}

function validate(secret: string, token: string, timestamp: number): number | null {
  try {
    const totp = new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30 })
    return totp.validate({ token, timestamp, window: 1 })
  } catch {
    // Not base32.
    return null
  }
}
