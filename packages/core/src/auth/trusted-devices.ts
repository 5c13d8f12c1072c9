import { createHash, createHmac } from 'node:crypto'
import { type Clock, day, second } from '../clock.ts'
import type { ConfigFile } from '../config/index.ts'
import type { Ids } from '../ids.ts'
import type { AuthStore } from './store.ts'

/** How long a device stays trusted, in seconds. */
export const trustedDeviceLifetime = (30 * day) / second

/**
 * Browsers that are not asked for a two-factor code. A device is bound to the secrets it was trusted under: another
 * TOTP secret or another `jwt_secret`, and it is a stranger again.
 */
export class TrustedDevices {
  readonly #store: AuthStore
  readonly #config: ConfigFile
  readonly #clock: Clock
  readonly #ids: Ids

  constructor(store: AuthStore, config: ConfigFile, clock: Clock, ids: Ids) {
    this.#store = store
    this.#config = config
    this.#clock = clock
    this.#ids = ids
  }

  /** Trusts a device; the answer is what it has to show. */
  async trust(): Promise<string> {
    const token = this.#ids.token(48)
    const now = this.#clock.now()
    await this.#store.insertDevice({
      ...this.#hashes(token),
      created_at: now,
      updated_at: now,
      expires_at: now + 30 * day,
    })
    return token
  }

  /** Whether a device is trusted. */
  async isTrusted(token: string): Promise<boolean> {
    const now = this.#clock.now()
    await this.#store.deleteExpiredDevices(now)
    const { token_hash, totp_secret_hash } = this.#hashes(token)
    return this.#store.hasDevice(token_hash, totp_secret_hash, now)
  }

  /** Trusts none any more. */
  forgetAll(): Promise<void> {
    return this.#store.deleteDevices()
  }

  #hashes(token: string): { token_hash: string; totp_secret_hash: string } {
    const { jwt_secret, totp } = this.#config.get().dashboard
    return {
      token_hash: createHmac('sha256', jwt_secret).update(token).digest('hex'),
      totp_secret_hash: createHash('sha256').update(totp.secret.trim()).digest('hex'),
    }
  }
}
