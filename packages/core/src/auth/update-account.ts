import { AstrBotError } from '../errors.ts'
import { type Account, checkUsername } from './account.ts'
import type { AuthOptions } from './options.ts'
import { checkPasswordPolicy, storePassword } from './password.ts'
import type { UpdateAccountRequest } from './types.ts'

/**
 * Changes the name, the password or both. Everything is checked before anything is written; an empty text counts as not
 * given.
 *
 * @throws AstrBotError `demo_mode`, `invalid_login_request` without the current password, `rate_limited`,
 * `wrong_current_password`, `new_password_required`, `nothing_to_change`, `username_too_short`, `invalid_username`,
 * `passwords_differ` and the `password_…` codes, in this order.
 */
export async function updateAccount(
  request: UpdateAccountRequest,
  throttle: () => void,
  { account, options }: { account: Account; options: AuthOptions },
): Promise<void> {
  if (options.demoMode) throw new AstrBotError('demo_mode')
  if (request.password === '') throw new AstrBotError('invalid_login_request')
  throttle()
  if (!(await account.verify(request.password))) throw new AstrBotError('wrong_current_password')
  const password = request.new_password || undefined
  const name = request.new_username || undefined
  const state = await account.state()
  if (password === undefined && (state.upgradeRequired || state.changeRequired))
    throw new AstrBotError('new_password_required')
  if (password === undefined && name === undefined) throw new AstrBotError('nothing_to_change')
  const username = name === undefined ? undefined : checkUsername(name)
  if (password !== undefined) checkNewPassword(password, request.confirm_password)
  await account.change({ username, password: password === undefined ? undefined : await storePassword(password) })
}

function checkNewPassword(password: string, confirmation: string | null | undefined): void {
  if (password !== confirmation) throw new AstrBotError('passwords_differ')
  checkPasswordPolicy(password)
}
