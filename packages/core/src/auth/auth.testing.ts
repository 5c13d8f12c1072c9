import { pbkdf2Sync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ErrorCode } from '@astrbot/contract'
import { type ManualClock, manualClock, sequentialIds } from '@astrbot/testing'
import { Secret, TOTP } from 'otpauth'
import { onTestFinished } from 'vitest'
import { type ConfigDocument, ConfigFile, type DashboardConfig } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import { openStore, type Store, type StoreOptions } from '../store/index.ts'
import { type Auth, type AuthOptions, createAuth, type Identity } from './index.ts'

export const password = 'Correct-Horse-9'
export const here = { address: '192.0.2.1' }
export const admin: Identity = { username: 'astrbot', scopes: ['*'], apiKeyId: null, via: 'jwt' }

export interface AuthFixture {
  auth: Auth
  config: ConfigFile
  store: Store
  clock: ManualClock
}

/** A set-up account `astrbot`, on a database and a configuration file of its own; all gone when the test is over. */
export async function authFixture({
  options = {},
  place,
  dashboard = {},
  prepare = () => {},
}: {
  options?: AuthOptions
  place?: StoreOptions
  /** What the section is to hold beside the usual. */
  dashboard?: Partial<DashboardConfig>
  prepare?: (draft: ConfigDocument) => void
} = {}): Promise<AuthFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'astrbot-auth-'))
  const clock = manualClock()
  const store = await openStore(place ?? { file: join(folder, 'astrbot.db') })
  const config = await ConfigFile.open(folder)
  await config.update(draft => {
    draft.dashboard.jwt_secret = 'a secret of the tests'
    draft.dashboard.pbkdf2_password = quickHash(password)
    draft.dashboard.auth_rate_limit.enable = false
    Object.assign(draft.dashboard, dashboard)
    prepare(draft)
  })
  const auth = createAuth({ store, config, clock, ids: sequentialIds(), options })
  onTestFinished(async () => {
    await auth.close()
    await store.close()
    await rm(folder, { recursive: true })
  })
  return { auth, config, store, clock }
}

/** A hash in the stored format that takes no time. */
export function quickHash(secret: string): string {
  const salt = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
  return `pbkdf2_sha256$10$${salt.toString('hex')}$${pbkdf2Sync(secret, salt, 10, 32, 'sha256').toString('hex')}`
}

export const recoveryCode = 'ABCDEFGH-IJKLMNOP-QRSTUVWX-YZ234567'
export const totpSecret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

/** Two-factor sign-in switched on with `totpSecret` and `recoveryCode`. */
export function withTotp(draft: ConfigDocument): void {
  draft.dashboard.totp = {
    enable: true,
    secret: totpSecret,
    recovery_code_hash: quickHash(recoveryCode.replaceAll('-', '')),
  }
}

/** The code an authenticator shows, so many steps away from now. */
export function codeOf(secret: string, clock: ManualClock, steps = 0): string {
  const totp = new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30 })
  return totp.generate({ timestamp: clock.now() + steps * 30_000 })
}

/** The code of the error that a call ends with. */
export async function codeOfFailure(call: Promise<unknown> | (() => unknown)): Promise<ErrorCode | 'no error'> {
  try {
    await (typeof call === 'function' ? call() : call)
    return 'no error'
  } catch (error) {
    if (error instanceof AstrBotError) return error.code
    throw error
  }
}
