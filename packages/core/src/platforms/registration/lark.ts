import { AstrBotError } from '../../errors.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import { textSetting } from '../adapter.ts'
import { stringAt } from '../webhook-body.ts'
import { type Registered, type Registration, type RegistrationStep, wholeNumber } from './step.ts'
import { callVendor, vendorOrigin } from './vendor-call.ts'

const feishu = 'https://open.feishu.cn'
const larksuite = 'https://open.larksuite.com'

/** The open platform and the accounts host that belong together. */
function placesOf({ settings, access }: RegistrationStep): { open: string; accounts: string } {
  const given = textSetting(settings, 'domain')
  const domain = given === '' || given === 'feishu' ? feishu : given === 'lark' ? larksuite : given
  const open = vendorOrigin(domain, [feishu, larksuite], access)
  return { open, accounts: open.replace('://open.', '://accounts.') }
}

async function ask(step: RegistrationStep, accounts: string, form: Record<string, string>): Promise<JsonObject> {
  const { status, data } = await callVendor(step.access, new URL('/oauth/v1/app/registration', accounts), { form })
  const payload = isJsonObject(data['data']) ? data['data'] : data
  if (status >= 500) throw new AstrBotError('upstream_failed', { detail: `Lark answered ${status}` })
  return payload
}

export const lark: Registration = {
  async start(step) {
    const { open, accounts } = placesOf(step)
    const begun = await ask(step, accounts, {
      action: 'begin',
      archetype: 'PersonalAgent',
      auth_method: 'client_secret',
      request_user_info: 'open_id tenant_brand',
    })
    const code = stringAt(begun, 'device_code')
    if (code === '') throw new AstrBotError('upstream_failed', { detail: 'Lark sent no code' })
    const userCode = stringAt(begun, 'user_code')
    const byHand = `${open}/page/cli?user_code=${encodeURIComponent(userCode)}`
    return {
      status: 'pending',
      registration_code: code,
      device_code: code,
      user_code: userCode,
      verification_uri: stringAt(begun, 'verification_uri') || byHand,
      verification_uri_complete: stringAt(begun, 'verification_uri_complete') || byHand,
      expires_in: wholeNumber(begun['expires_in'], 300, 1),
      interval: wholeNumber(begun['interval'], 5, 1),
    }
  },

  async poll(step) {
    const code = step.code('device_code', 'registration_code')
    const { open, accounts } = placesOf(step)
    const form = { action: 'poll', device_code: code }
    let answer = await ask(step, accounts, form)
    if (stringAt(answer, 'client_id') !== '' && stringAt(answer, 'client_secret') === '' && brandOf(answer) === 'lark')
      answer = await ask(step, larksuite.replace('://open.', '://accounts.'), form)
    const appId = stringAt(answer, 'client_id')
    if (appId === '') return failureOf(answer)
    const secret = stringAt(answer, 'client_secret')
    if (secret === '') return { status: 'error', message: 'Lark sent no secret' }
    const brand = brandOf(answer)
    return {
      status: 'created',
      app_id: appId,
      app_secret: secret,
      tenant_brand: brand || null,
      domain: brand === 'lark' ? larksuite : feishu,
      ...(await nameOf(step, open, appId, secret)),
    }
  },
}

function brandOf({ user_info: info }: JsonObject): string {
  return isJsonObject(info) ? stringAt(info, 'tenant_brand') : ''
}

function failureOf(answer: JsonObject): Registered {
  const code = stringAt(answer, 'error')
  const message = stringAt(answer, 'error_description') || code || null
  if (code === 'authorization_pending') return { status: 'pending' }
  if (code === 'slow_down') return { status: 'slow_down' }
  if (code === 'access_denied') return { status: 'denied', message }
  if (code === 'expired_token' || code === 'invalid_grant') return { status: 'expired', message }
  return { status: 'error', message: message ?? 'Lark sent neither credentials nor an error' }
}

/** What the new bot is called; not worth a failure. */
async function nameOf(
  { access }: RegistrationStep,
  open: string,
  app_id: string,
  app_secret: string,
): Promise<Pick<Registered, 'bot_name' | 'bot_open_id'>> {
  try {
    const token = await callVendor(access, new URL('/open-apis/auth/v3/tenant_access_token/internal', open), {
      json: { app_id, app_secret },
    })
    const headers = { Authorization: `Bearer ${stringAt(token.data, 'tenant_access_token')}` }
    const info = await callVendor(access, new URL('/open-apis/bot/v3/info', open), { method: 'GET', headers })
    const { bot } = info.data
    if (!isJsonObject(bot)) return {}
    return { bot_name: stringAt(bot, 'app_name') || null, bot_open_id: stringAt(bot, 'open_id') || null }
  } catch {
    return {}
  }
}
