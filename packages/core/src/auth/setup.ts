import type { ConfigFile } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import { type Account, checkUsername } from './account.ts'
import type { DashboardTokens } from './dashboard-token.ts'
import type { Identity } from './identity.ts'
import type { AuthOptions } from './options.ts'
import { checkPasswordPolicy, storePassword } from './password.ts'
import type { LoginData, SetupAuthRequest, SetupStatus } from './types.ts'

interface Parts {
  account: Account
  tokens: DashboardTokens
  config: ConfigFile
  options: AuthOptions
}

/** Whether the account is still to be set up, and whether that takes a token. */
export async function setupStatus(parts: Parts): Promise<SetupStatus> {
  const state = await parts.account.state()
  return {
    setup_required: !parts.options.demoMode && (state.changeRequired || state.isDefaultPair),
    skip_default_password_auth: maySkipPassword(parts),
    password_upgrade_required: state.upgradeRequired,
  }
}

/**
 * Chooses name and password of the first account and logs in.
 *
 * @throws AstrBotError `setup_not_allowed` without a token, except where the start options allow it; `setup_not_required`;
 * `username_too_short`, `invalid_username`, `passwords_differ` and the `password_…` codes.
 */
export async function setup(request: SetupAuthRequest, identity: Identity | null, parts: Parts): Promise<LoginData> {
  if (!identity && !maySkipPassword(parts)) throw new AstrBotError('setup_not_allowed')
  const status = await setupStatus(parts)
  if (!status.setup_required) throw new AstrBotError('setup_not_required')
  const username = checkUsername(request.username)
  if (request.password === '') throw new AstrBotError('password_missing')
  if (request.password !== request.confirm_password) throw new AstrBotError('passwords_differ')
  checkPasswordPolicy(request.password)
  await parts.account.change({ username, password: await storePassword(request.password) })
  return {
    token: await parts.tokens.issue(),
    username,
    change_pwd_hint: false,
    md5_pwd_hint: false,
    password_upgrade_required: false,
  }
}

/** Only where nobody but this machine can reach the server. */
function maySkipPassword({ options, config }: Parts): boolean {
  const host = options.host ?? config.get().dashboard.host
  return options.skipDefaultPasswordAuth === true && ['127.0.0.1', 'localhost', '::1'].includes(host)
}
