import type { Schemas } from '@astrbot/contract'
import { AstrBotError } from '../../errors.ts'
import { isJsonObject } from '../../json.ts'
import { dingtalk } from './dingtalk.ts'
import { lark } from './lark.ts'
import { qq } from './qq.ts'
import type { Registered, Registration, RegistrationStep } from './step.ts'
import { weixin } from './weixin.ts'

const registrations: Readonly<Record<string, Registration>> = {
  lark,
  dingtalk,
  qq_official: qq,
  qq_official_webhook: qq,
  weixin_oc: weixin,
}

/**
 * Carries out one step of a registration.
 * @throws bot_type_not_found, invalid_registration_code, invalid_host, upstream_failed, upstream_timeout
 */
export async function register(
  type: string,
  request: Schemas['BotRegistrationRequest'],
  services: Pick<RegistrationStep, 'access' | 'env' | 'ids'>,
): Promise<Registered> {
  const registration = Object.hasOwn(registrations, type) ? registrations[type] : undefined
  if (!registration) throw new AstrBotError('bot_type_not_found', { type })
  const step: RegistrationStep = {
    ...services,
    settings: isJsonObject(request.platform_config) ? request.platform_config : {},
    code(...names) {
      for (const name of names) {
        const value = request[name]
        if (typeof value === 'string' && value.trim() !== '') return value.trim()
      }
      throw new AstrBotError('invalid_registration_code', { field: names[0] ?? 'registration_code' })
    },
  }
  return request.action.trim().toLowerCase() === 'start' ? registration.start(step) : registration.poll(step)
}
