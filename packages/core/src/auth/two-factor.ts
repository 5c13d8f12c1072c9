import { type Clock, minute } from '../clock.ts'
import type { ConfigFile } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import { makeRecoveryCode, verifyRecoveryCode } from './recovery-code.ts'
import { ShortMemory } from './short-memory.ts'
import { isTotpCode, makeTotpSecret, TotpVerifier } from './totp.ts'
import type { TrustedDevices } from './trusted-devices.ts'
import type { TotpRecoveryCode, TotpSecret, TotpSetupRequest } from './types.ts'

/** The `dashboard.totp` section. */
export interface TotpConfig {
  readonly enable: boolean
  readonly secret: string
  readonly recovery_code_hash: string
}

/** Two-factor sign-in works only when it is switched on and complete. */
export function isOperational(totp: TotpConfig): boolean {
  return totp.enable && totp.secret.trim() !== '' && totp.recovery_code_hash.trim() !== ''
}

/** The second factor: what login asks for, and how a secret is set up and replaced. */
export class TwoFactor {
  readonly #config: ConfigFile
  readonly #ids: Ids
  readonly #verifier: TotpVerifier
  readonly #devices: TrustedDevices
  /** By user: the confirmed secret that waits to be saved. */
  readonly #confirmed: ShortMemory<string>
  /** By user: whether the current secret was proven, so that it may be replaced. */
  readonly #rotations: ShortMemory<true>

  constructor(config: ConfigFile, devices: TrustedDevices, clock: Clock, ids: Ids) {
    this.#config = config
    this.#ids = ids
    this.#devices = devices
    this.#verifier = new TotpVerifier(clock)
    this.#confirmed = new ShortMemory(clock, 10 * minute)
    this.#rotations = new ShortMemory(clock, 10 * minute)
  }

  /**
   * The second step of a login. Answers the token of a newly trusted device when one was asked for. A recovery code
   * works once: it switches two-factor sign-in off.
   *
   * @throws AstrBotError `totp_required`, `invalid_totp_code`, `invalid_recovery_code`
   */
  async passLogin(
    code: string | null | undefined,
    deviceToken: string | undefined,
    trustDevice: boolean,
  ): Promise<string | undefined> {
    const { totp } = this.#config.get().dashboard
    if (!isOperational(totp)) return undefined
    if (deviceToken && (await this.#devices.isTrusted(deviceToken))) return undefined
    if (!code?.trim()) throw codeRequired()
    if (isTotpCode(code)) {
      if (!this.#verifier.accept(totp.secret, code)) throw new AstrBotError('invalid_totp_code')
      return trustDevice ? this.#devices.trust() : undefined
    }
    if (!(await verifyRecoveryCode(code, totp.recovery_code_hash))) throw new AstrBotError('invalid_recovery_code')
    await this.#switchOff(totp.recovery_code_hash)
    return undefined
  }

  /**
   * Hands out a secret, or confirms one (see `setupTotp` of the contract). Nothing is stored: the confirmed secret
   * waits ten minutes to be saved with the configuration by the same user.
   *
   * @throws AstrBotError `invalid_login_request`, `totp_code_missing`, `totp_code_rejected`, `totp_rotation_not_open`
   */
  async setup({ secret, code }: TotpSetupRequest, username: string): Promise<TotpSecret | TotpRecoveryCode> {
    if (!secret) return this.#offer(code, username)
    if (secret.trim() === '') throw new AstrBotError('invalid_login_request')
    return this.#confirm(secret.trim(), code, username)
  }

  /** A new recovery code; it counts once its hash is saved with the configuration. */
  makeRecoveryCode(): Promise<TotpRecoveryCode> {
    return makeRecoveryCode(this.#ids)
  }

  /**
   * Before `dashboard.totp` is changed by a save: while two-factor sign-in works, that takes a code of the current
   * secret or of the one this user just confirmed. Answers whether anything protected changes.
   *
   * @throws AstrBotError `totp_required`
   */
  approveChange(next: TotpConfig, code: string | undefined, username: string): boolean {
    const { totp } = this.#config.get().dashboard
    const changes =
      next.enable !== totp.enable || next.secret !== totp.secret || next.recovery_code_hash !== totp.recovery_code_hash
    if (!changes || !isOperational(totp)) return changes
    const secrets = [totp.secret, this.#confirmed.get(username)].filter(secret => secret !== undefined)
    if (!code || !secrets.some(secret => this.#verifier.accept(secret, code))) throw codeRequired()
    return true
  }

  /** After a save: the waiting secret is used up, and a change makes every trusted device a stranger. */
  async settleChange(changed: boolean, username: string): Promise<void> {
    this.#confirmed.forget(username)
    if (changed) await this.#devices.forgetAll()
  }

  #offer(code: string | null | undefined, username: string): TotpSecret {
    const { totp } = this.#config.get().dashboard
    if (isOperational(totp)) {
      this.#rotations.forget(username)
      if (!code?.trim()) throw new AstrBotError('totp_code_missing')
      if (!this.#verifier.accept(totp.secret, code)) throw new AstrBotError('totp_code_rejected')
      this.#rotations.set(username, true)
    }
    return { secret: makeTotpSecret(this.#ids) }
  }

  async #confirm(secret: string, code: string | null | undefined, username: string): Promise<TotpRecoveryCode> {
    if (!code?.trim()) throw new AstrBotError('totp_code_missing')
    const rotating = isOperational(this.#config.get().dashboard.totp)
    // Asked before the code is used up, or the caller would have to wait for the next one.
    if (rotating && !this.#rotations.get(username)) throw new AstrBotError('totp_rotation_not_open')
    if (!this.#verifier.accept(secret, code)) throw new AstrBotError('totp_code_rejected')
    if (rotating) this.#rotations.forget(username)
    this.#confirmed.set(username, secret)
    return makeRecoveryCode(this.#ids)
  }

  async #switchOff(usedHash: string): Promise<void> {
    const won = await this.#config.update(({ dashboard }) => {
      // Of two logins with the same code at the same moment only one gets in.
      if (dashboard.totp.recovery_code_hash !== usedHash) return false
      dashboard.totp = { enable: false, secret: '', recovery_code_hash: '' }
      return true
    })
    if (!won) throw new AstrBotError('invalid_recovery_code')
    await this.#devices.forgetAll()
  }
}

function codeRequired(): AstrBotError {
  return new AstrBotError('totp_required', {}, { totp_required: true })
}
