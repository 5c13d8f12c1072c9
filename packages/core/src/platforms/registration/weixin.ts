import { AstrBotError } from '../../errors.ts'
import { randomFrom } from '../../ids.ts'
import type { JsonObject } from '../../json.ts'
import { numberSetting, textSetting } from '../adapter.ts'
import { stringAt } from '../webhook-body.ts'
import { type Registration, type RegistrationStep, randomSuffix } from './step.ts'
import { callVendor, vendorOrigin } from './vendor-call.ts'

const vendor = 'https://ilinkai.weixin.qq.com'

async function ask(
  step: RegistrationStep,
  path: string,
  query: Record<string, string>,
  timeoutMs: number,
): Promise<JsonObject> {
  const base = vendorOrigin(textSetting(step.settings, 'weixin_oc_base_url') || vendor, [vendor], step.access)
  const url = new URL(path, base)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  const uin = Buffer.from(String(randomFrom(step.ids, 4).readUInt32BE())).toString('base64')
  const headers = { AuthorizationType: 'ilink_bot_token', 'X-WECHAT-UIN': uin, 'iLink-App-ClientVersion': '1' }
  const { status, data } = await callVendor(step.access, url, { method: 'GET', headers, timeoutMs })
  if (status >= 400) throw new AstrBotError('upstream_failed', { detail: `WeChat answered ${status}` })
  return data
}

export const weixin: Registration = {
  async start(step) {
    const botType = textSetting(step.settings, 'weixin_oc_bot_type') || '3'
    const data = await ask(step, '/ilink/bot/get_bot_qrcode', { bot_type: botType }, 15_000)
    const qrcode = stringAt(data, 'qrcode')
    const content = stringAt(data, 'qrcode_img_content')
    if (qrcode === '' || content === '') throw new AstrBotError('upstream_failed', { detail: 'WeChat sent no code' })
    return {
      status: 'pending',
      registration_code: qrcode,
      qrcode,
      qrcode_img_content: content,
      interval: Math.max(1, Math.trunc(numberSetting(step.settings, 'weixin_oc_qr_poll_interval', 1))),
    }
  },

  async poll(step) {
    const qrcode = step.code('qrcode', 'registration_code')
    const wanted = numberSetting(step.settings, 'weixin_oc_long_poll_timeout_ms', 35_000)
    const patience = Math.min(60_000, Math.max(1000, wanted))
    const data = await ask(step, '/ilink/bot/get_qrcode_status', { qrcode }, patience).catch((error: unknown) => {
      // The vendor holds the call until something happens; that nothing did is no failure.
      if (error instanceof AstrBotError && error.code === 'upstream_timeout') return { status: 'wait' }
      throw error
    })
    const qr_status = stringAt(data, 'status')
    if (qr_status === 'expired') return { status: 'expired', qr_status }
    if (['cancel', 'canceled', 'denied'].includes(qr_status)) return { status: 'denied', qr_status }
    if (qr_status !== 'confirmed') return { status: 'pending', qr_status }
    const token = stringAt(data, 'bot_token')
    if (token === '') return { status: 'error', qr_status, message: 'WeChat sent no token' }
    return {
      status: 'created',
      qr_status,
      weixin_oc_token: token,
      weixin_oc_account_id: stringAt(data, 'ilink_bot_id') || null,
      weixin_oc_base_url: stringAt(data, 'baseurl') || null,
      weixin_oc_user_id: stringAt(data, 'ilink_user_id') || null,
      platform_id_suffix: randomSuffix(step.ids),
    }
  },
}
