import type { ConfigFile, ConfigSnapshot } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import { tokenVersion } from './dashboard-token.ts'
import { passwordKind, type StoredPassword, verifyPassword } from './password.ts'
import type { AuthStore } from './store.ts'
import type { TrustedDevices } from './trusted-devices.ts'
import { isOperational } from './two-factor.ts'

/** Called with the old and the new name, before the account has the new one; must be repeatable. */
export type RenameListener = (from: string, to: string) => Promise<void>

/** What is to be said about the account's password. */
export interface AccountState {
  /** No hash of the current kind is stored. */
  upgradeRequired: boolean
  usesMd5: boolean
  /** User `astrbot` with the password `astrbot`. */
  isDefaultPair: boolean
  changeRequired: boolean
}

/** The one account of the dashboard. */
export class Account {
  readonly #config: ConfigFile
  readonly #devices: TrustedDevices
  readonly #renameListeners: RenameListener[] = []
  #defaultCheck: { hash: string; result: Promise<boolean> } | undefined

  constructor(config: ConfigFile, store: AuthStore, devices: TrustedDevices) {
    this.#config = config
    this.#devices = devices
    this.onRename((from, to) => store.renameKeyOwner(from, to))
  }

  get username(): string {
    return this.#dashboard.username
  }

  get #dashboard(): ConfigSnapshot['dashboard'] {
    return this.#config.get().dashboard
  }

  /** Lets a domain take along what a renamed account owns. */
  onRename(listener: RenameListener): void {
    this.#renameListeners.push(listener)
  }

  async state(): Promise<AccountState> {
    const dashboard = this.#dashboard
    const kind = passwordKind(dashboard)
    return {
      upgradeRequired: kind !== 'pbkdf2',
      usesMd5: kind === 'md5',
      isDefaultPair:
        kind === 'pbkdf2' &&
        dashboard.username === 'astrbot' &&
        (await this.#isDefaultPassword(dashboard.pbkdf2_password)),
      changeRequired: dashboard.password_change_required,
    }
  }

  /** Whether this is the account's password. */
  verify(password: string): Promise<boolean> {
    return verifyPassword(password, this.#dashboard)
  }

  /** Stores a new name, a new password or both, in one write. A new password ends every token and trusted device. */
  async change({
    username,
    password,
  }: {
    username?: string | undefined
    password?: StoredPassword | undefined
  }): Promise<void> {
    const from = this.username
    if (username !== undefined && username !== from) await this.#announce(from, username)
    await this.#config.update(draft => {
      if (username !== undefined) {
        draft.dashboard.username = username
        // The entry stood for this account; under the new name it would lose its rights in chats.
        draft.admins_id = draft.admins_id.map(id => (id === from ? username : id))
      }
      if (password) {
        Object.assign(draft.dashboard, password)
        draft.dashboard.password_storage_upgraded = true
        draft.dashboard.password_change_required = false
        draft.dashboard.token_version = tokenVersion(draft.dashboard) + 1
      }
    })
    if (password && isOperational(this.#dashboard.totp)) await this.#devices.forgetAll()
  }

  /** Owners are moved first: should that fail, the account still has its old name and the change can be repeated. */
  async #announce(from: string, to: string): Promise<void> {
    for (const listener of this.#renameListeners) await listener(from, to)
  }

  /** Public pages ask this, so the hash is computed once for each stored password. */
  #isDefaultPassword(hash: string): Promise<boolean> {
    if (this.#defaultCheck?.hash !== hash) this.#defaultCheck = { hash, result: this.verify('astrbot') }
    return this.#defaultCheck.result
  }
}

/**
 * The name as it is stored.
 *
 * @throws AstrBotError `username_too_short`, `invalid_username` for a `!`, which divides the parts of a chat's address.
 */
export function checkUsername(name: string): string {
  const trimmed = name.trim()
  if (trimmed.length < 3) throw new AstrBotError('username_too_short')
  if (trimmed.includes('!')) throw new AstrBotError('invalid_username')
  return trimmed
}
