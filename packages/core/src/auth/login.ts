import { AstrBotError } from '../errors.ts'
import type { Account } from './account.ts'
import type { DashboardTokens } from './dashboard-token.ts'
import type { AuthOptions } from './options.ts'
import { sameText } from './same-text.ts'
import type { TwoFactor } from './two-factor.ts'
import type { LoginData, LoginRequest } from './types.ts'

export type PasswordHints = Pick<LoginData, 'change_pwd_hint' | 'md5_pwd_hint' | 'password_upgrade_required'>

export interface LoginResult {
  data: LoginData
  /** What a newly trusted device has to show at its next login. */
  trustedDevice?: string
}

/**
 * Checks name, password and second factor. The name does not decide how much work is done, so the time taken does not
 * tell whether it exists.
 *
 * @throws AstrBotError `invalid_credentials`, `totp_required`, `invalid_totp_code`, `invalid_recovery_code`
 */
export async function login(
  request: LoginRequest,
  deviceToken: string | undefined,
  {
    account,
    tokens,
    twoFactor,
    options,
  }: { account: Account; tokens: DashboardTokens; twoFactor: TwoFactor; options: AuthOptions },
): Promise<LoginResult> {
  const rightPassword = await account.verify(request.password)
  if (!sameText(request.username, account.username) || !rightPassword) throw new AstrBotError('invalid_credentials')
  const trustedDevice = await twoFactor.passLogin(request.code, deviceToken, request.trust_device_flag === true)
  const data = { token: await tokens.issue(), username: account.username, ...(await passwordHints(account, options)) }
  return trustedDevice === undefined ? { data } : { data, trustedDevice }
}

/** What a dashboard is to tell its user about the password. A demo's password is known and stays. */
export async function passwordHints(account: Account, options: AuthOptions): Promise<PasswordHints> {
  const state = await account.state()
  const isDefaultPair = state.isDefaultPair && !options.demoMode
  return {
    change_pwd_hint: isDefaultPair || (state.changeRequired && !options.demoMode),
    md5_pwd_hint: state.usesMd5 || isDefaultPair,
    password_upgrade_required: state.upgradeRequired,
  }
}
