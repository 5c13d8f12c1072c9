import { AstrBotError } from '../../errors.ts'
import type { JsonObject } from '../../json.ts'
import { stringAt } from '../webhook-body.ts'
import { type Registration, type RegistrationStep, randomSuffix, wholeNumber } from './step.ts'
import { callVendor } from './vendor-call.ts'

async function ask(step: RegistrationStep, name: string, json: JsonObject): Promise<JsonObject> {
  const chosen = step.env['DINGTALK_REGISTRATION_BASE_URL']?.trim()
  const url = new URL(`/app/registration/${name}`, chosen || 'https://oapi.dingtalk.com')
  const operators = chosen ? [url.origin] : []
  const access = { ...step.access, allowedOrigins: new Set([...step.access.allowedOrigins, ...operators]) }
  const { status, data } = await callVendor(access, url, { json })
  const code = data['errcode'] ?? 0
  if (status < 400 && Number(code) === 0) return data
  throw new AstrBotError('upstream_failed', {
    detail: `[${name}] ${stringAt(data, 'errmsg') || `HTTP ${status}`} (errcode=${String(code)})`,
  })
}

export const dingtalk: Registration = {
  async start(step) {
    const source = step.env['DINGTALK_REGISTRATION_SOURCE']?.trim() || 'DING_DWS_CLAW'
    const { nonce } = await ask(step, 'init', { source })
    const begun = await ask(step, 'begin', { nonce: nonce ?? '' })
    const code = stringAt(begun, 'device_code')
    if (code === '') throw new AstrBotError('upstream_failed', { detail: 'DingTalk sent no code' })
    return {
      status: 'pending',
      registration_code: code,
      device_code: code,
      user_code: stringAt(begun, 'user_code'),
      verification_uri: stringAt(begun, 'verification_uri'),
      verification_uri_complete: stringAt(begun, 'verification_uri_complete') || stringAt(begun, 'verification_uri'),
      expires_in: wholeNumber(begun['expires_in'], 7200, 60),
      interval: wholeNumber(begun['interval'], 3, 1),
    }
  },

  async poll(step) {
    const answer = await ask(step, 'poll', { device_code: step.code('device_code', 'registration_code') })
    const status = stringAt(answer, 'status').toUpperCase()
    if (status === 'WAITING') return { status: 'pending' }
    if (status === 'EXPIRED') return { status: 'expired' }
    if (status !== 'SUCCESS')
      return { status: 'error', message: stringAt(answer, 'fail_reason') || `DingTalk says ${status || 'nothing'}` }
    return {
      status: 'created',
      client_id: stringAt(answer, 'client_id'),
      client_secret: stringAt(answer, 'client_secret'),
      platform_id_suffix: randomSuffix(step.ids),
    }
  },
}
