import type { Clock } from '../clock.ts'
import type { ConfigFile } from '../config/index.ts'
import type { Ids } from '../ids.ts'
import type { Store } from '../store/index.ts'
import { Account, type RenameListener } from './account.ts'
import { ApiKeys } from './api-keys.ts'
import { authenticate } from './authenticate.ts'
import { DashboardTokens } from './dashboard-token.ts'
import { ensureFirstRun, type FirstRun } from './first-run.ts'
import type { Credentials, Identity, Origin } from './identity.ts'
import { type LoginResult, login, type PasswordHints, passwordHints } from './login.ts'
import type { AuthOptions } from './options.ts'
import { RateLimiter } from './rate-limiter.ts'
import { setup, setupStatus } from './setup.ts'
import { createAuthStore } from './store.ts'
import { createThrottle } from './throttle.ts'
import { TrustedDevices } from './trusted-devices.ts'
import { type TotpConfig, TwoFactor } from './two-factor.ts'
import type * as Types from './types.ts'
import { updateAccount } from './update-account.ts'

/** Accounts, keys and tokens: who is asking, and may they? One method for each operation, and what servers need beside. */
export interface Auth {
  /** Call once at start, before anything else. */
  ensureFirstRun(): Promise<FirstRun>
  authenticate(credentials: Credentials, scope: string): Promise<Identity>
  login(request: Types.LoginRequest, origin: Origin & { trustedDevice?: string | undefined }): Promise<LoginResult>
  /** The hints of a login, for whoever shows them later. */
  passwordHints(): Promise<PasswordHints>
  setupStatus(): Promise<Types.SetupStatus>
  /** `identity` is null where no credential was shown. */
  setup(request: Types.SetupAuthRequest, identity: Identity | null, origin: Origin): Promise<Types.LoginData>
  setupTotp(
    request: Types.TotpSetupRequest,
    identity: Identity,
    origin: Origin,
  ): Promise<Types.TotpSecret | Types.TotpRecoveryCode>
  recoverTotp(): Promise<Types.TotpRecoveryCode>
  updateAccount(request: Types.UpdateAccountRequest, origin: Origin): Promise<void>
  createApiKey(request: Types.CreateApiKeyRequest, identity: Identity): Promise<Types.CreatedApiKey>
  listApiKeys(): Promise<Types.ApiKeyView[]>
  revokeApiKey(keyId: string): Promise<void>
  deleteApiKey(keyId: string): Promise<void>
  /** For saves of the configuration, before: see `TwoFactor.approveChange`. */
  approveTotpChange(next: TotpConfig, code: string | undefined, identity: Identity, origin: Origin): boolean
  /** For saves of the configuration, after: see `TwoFactor.settleChange`. */
  settleTotpChange(changed: boolean, identity: Identity): Promise<void>
  /** Registers what a renamed account takes along. */
  onRename(listener: RenameListener): void
  /** Writes what is still only in memory. Call before the store closes. */
  close(): Promise<void>
}

export interface AuthParts {
  store: Store
  config: ConfigFile
  clock: Clock
  ids: Ids
  options?: AuthOptions
}

export function createAuth({ store, config, clock, ids, options = {} }: AuthParts): Auth {
  const authStore = createAuthStore(store)
  const keys = new ApiKeys(authStore, clock, ids)
  const tokens = new DashboardTokens(config, clock)
  const devices = new TrustedDevices(authStore, config, clock, ids)
  const twoFactor = new TwoFactor(config, devices, clock, ids)
  const account = new Account(config, authStore, devices)
  const throttle = createThrottle(new RateLimiter(clock), config, { disabled: options.testMode === true })
  const parts = { account, tokens, twoFactor, config, options }

  return {
    ensureFirstRun: () => ensureFirstRun({ config, store: authStore, keys, ids }, options),
    authenticate: (credentials, scope) => authenticate(credentials, scope, { keys, tokens }),
    async login(request, origin) {
      throttle(origin)
      return login(request, origin.trustedDevice, parts)
    },
    passwordHints: () => passwordHints(account, options),
    setupStatus: () => setupStatus(parts),
    async setup(request, identity, origin) {
      // With a token nothing can be guessed here.
      if (!identity) throttle(origin)
      return setup(request, identity, parts)
    },
    async setupTotp(request, identity, origin) {
      if (request.code) throttle(origin)
      return twoFactor.setup(request, identity.username)
    },
    recoverTotp: () => twoFactor.makeRecoveryCode(),
    updateAccount: (request, origin) => updateAccount(request, () => throttle(origin), parts),
    createApiKey: (request, identity) => keys.create(request, identity.username),
    listApiKeys: () => keys.list(),
    revokeApiKey: keyId => keys.revoke(keyId),
    deleteApiKey: keyId => keys.delete(keyId),
    approveTotpChange(next, code, identity, origin) {
      if (code) throttle(origin)
      return twoFactor.approveChange(next, code, identity.username)
    },
    settleTotpChange: (changed, identity) => twoFactor.settleChange(changed, identity.username),
    onRename: listener => account.onRename(listener),
    close: () => keys.flush(),
  }
}
