import { createDecipheriv } from 'node:crypto'
import { AstrBotError } from '../../errors.ts'
import { randomFrom } from '../../ids.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import { numberSetting, textSetting } from '../adapter.ts'
import { stringAt } from '../webhook-body.ts'
import type { Registration, RegistrationStep } from './step.ts'
import { callVendor, vendorOrigin } from './vendor-call.ts'

function originOf({ settings, access }: RegistrationStep): string {
  const host = textSetting(settings, 'qqofficial_bind_host').replace(/^\w+:\/\//, '') || 'q.qq.com'
  // An operator may allow a host without TLS, for a service on the same machine.
  const plain = `http://${host}`
  return access.allowedOrigins.has(plain) ? plain : vendorOrigin(`https://${host}`, ['https://q.qq.com'], access)
}

async function ask(step: RegistrationStep, path: string, json: JsonObject): Promise<JsonObject> {
  const timeoutMs = Math.min(60_000, Math.max(1000, numberSetting(step.settings, 'qqofficial_api_timeout_ms', 10_000)))
  const { data } = await callVendor(step.access, new URL(path, originOf(step)), { json, timeoutMs })
  if (Number(data['retcode'] ?? 0) !== 0) {
    const detail = stringAt(data, 'msg') || stringAt(data, 'message') || `retcode ${String(data['retcode'])}`
    throw new AstrBotError('upstream_failed', { detail })
  }
  return isJsonObject(data['data']) ? data['data'] : {}
}

export const qq: Registration = {
  async start(step) {
    const key = randomFrom(step.ids, 32).toString('base64')
    const taskId = stringAt(await ask(step, '/lite/create_bind_task', { key }), 'task_id')
    if (taskId === '') throw new AstrBotError('upstream_failed', { detail: 'QQ sent no code' })
    const qrcode = `${originOf(step)}/qqbot/openclaw/connect.html?task_id=${encodeURIComponent(taskId)}&_wv=2`
    return {
      status: 'pending',
      registration_code: taskId,
      task_id: taskId,
      bind_key: key,
      qrcode,
      qrcode_img_content: qrcode,
      interval: Math.max(1, Math.trunc(numberSetting(step.settings, 'qqofficial_qr_poll_interval', 2))),
    }
  },

  async poll(step) {
    const taskId = step.code('task_id', 'registration_code')
    const key = step.code('bind_key')
    const data = await ask(step, '/lite/poll_bind_result', { task_id: taskId })
    const qr_status = typeof data['status'] === 'number' ? data['status'] : stringAt(data, 'status')
    if (Number(qr_status) === 3) return { status: 'expired', qr_status }
    if (Number(qr_status) !== 2) return { status: 'pending', qr_status }
    const appid = stringAt(data, 'bot_appid')
    const secret = decrypted(stringAt(data, 'bot_encrypt_secret'), key)
    if (appid === '' || secret === undefined)
      return { status: 'error', qr_status, message: 'the credentials that QQ sent cannot be read' }
    return { status: 'created', qr_status, appid, secret, platform_id_suffix: `_${appid}` }
  },
}

/** The secret behind 12 bytes of nonce, the ciphertext and 16 bytes of tag, AES-256-GCM, all in base64. */
function decrypted(sealed: string, key: string): string | undefined {
  try {
    const bytes = Buffer.from(sealed, 'base64')
    const cipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'base64'), bytes.subarray(0, 12))
    cipher.setAuthTag(bytes.subarray(-16))
    return cipher.update(bytes.subarray(12, -16), undefined, 'utf8') + cipher.final('utf8')
  } catch {
    return undefined
  }
}
