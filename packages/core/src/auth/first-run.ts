import type { ConfigFile } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import { type Ids, randomFrom } from '../ids.ts'
import type { ApiKeys } from './api-keys.ts'
import { tokenVersion } from './dashboard-token.ts'
import { checkPasswordPolicy, generatePassword, passwordKind, storePassword } from './password.ts'
import type { AuthStore } from './store.ts'

/** What was made on the first start and is to be shown once. */
export interface FirstRun {
  /** The generated password; absent when it was given from outside. */
  password?: string
  apiKey?: string
}

export interface FirstRunOptions {
  initialPassword?: string | undefined
  resetPassword?: boolean | undefined
}

/**
 * Makes what must exist before anybody can log in: the secret of the tokens, a password, and a first API key that may
 * chat, so that the first call works. Does nothing on later starts, except that `resetPassword` makes a new password.
 *
 * @throws Error when `initialPassword` breaks the password policy.
 */
export async function ensureFirstRun(
  { config, store, keys, ids }: { config: ConfigFile; store: AuthStore; keys: ApiKeys; ids: Ids },
  options: FirstRunOptions,
): Promise<FirstRun> {
  const { dashboard } = config.get()
  const hadPassword = passwordKind(dashboard) !== 'none'
  const given = options.initialPassword || undefined
  const password = hadPassword && !options.resetPassword ? undefined : (given ?? generatePassword(ids))
  if (given !== undefined && password === given) checkInitial(given)
  const stored = password === undefined ? undefined : await storePassword(password)
  await config.update(draft => {
    if (draft.dashboard.jwt_secret === '') draft.dashboard.jwt_secret = randomFrom(ids, 32).toString('hex')
    if (stored) {
      Object.assign(draft.dashboard, stored)
      draft.dashboard.password_change_required = true
      draft.dashboard.token_version = tokenVersion(draft.dashboard) + 1
    }
    draft.dashboard.password_storage_upgraded = passwordKind(draft.dashboard) === 'pbkdf2'
  })
  const result: FirstRun = {}
  if (password !== undefined && given === undefined) result.password = password
  if (!hadPassword && !(await store.hasKeys())) {
    const key = await keys.create({ name: 'First key', scopes: ['chat'] }, config.get().dashboard.username)
    result.apiKey = key.api_key
  }
  return result
}

function checkInitial(password: string): void {
  try {
    checkPasswordPolicy(password)
  } catch (error) {
    throw error instanceof AstrBotError
      ? new Error(`The initial password cannot be used: ${error.message}`, { cause: error })
      : error
  }
}
