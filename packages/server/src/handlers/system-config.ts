import { isoTime, offsetMinutes, runtimeForms, systemForm } from '@astrbot/core'
import { configCaller, languageOf, saveProfile, withRevision } from '../config-caller.ts'
import type { HandlersOf } from '../handler.ts'

export const systemConfig: HandlersOf<'System Config'> = {
  getSystemConfigSchema: (_, call) =>
    withRevision({ ...call.bot.config.show('default', configCaller(call)), ...systemForm(languageOf(call)) }),

  getSystemConfig(_, call) {
    const { config, clock } = call.bot
    const now = clock.now()
    return withRevision({
      ...config.show('default', configCaller(call)),
      ...systemForm(languageOf(call)),
      server_utc_time: isoTime(now),
      server_utc_offset_minutes: offsetMinutes(config.get().timezone, now),
    })
  },

  updateSystemConfig: (input, call) => saveProfile('default', input, call),

  getSystemConfigRuntime: (_, call) =>
    withRevision({
      ...call.bot.config.show('default', configCaller(call)),
      ...runtimeForms(languageOf(call)),
      platform_i18n_translations: {},
    }),
}
