import { profileForm } from '@astrbot/core'
import { configCaller, languageOf, saveProfile, withRevision } from '../config-caller.ts'
import type { HandlersOf } from '../handler.ts'
import { notice } from '../http/notice.ts'
import { Reply } from '../http/reply.ts'

export const configProfiles: HandlersOf<'Config Profiles'> = {
  getConfigProfileSchema: (_, call) => ({ config: call.bot.config.defaults(), ...profileForm(languageOf(call)) }),

  listConfigProfiles: (_, { bot }) => ({ info_list: bot.config.profiles.list() }),

  async createConfigProfile({ body }, call) {
    const id = await call.bot.config.create(body, configCaller(call))
    return new Reply({ conf_id: id }, { message: notice(call, 'Profile created', '创建成功') })
  },

  getConfigProfile: ({ params }, call) =>
    withRevision({
      ...call.bot.config.show(params.config_id, configCaller(call)),
      ...profileForm(languageOf(call)),
    }),

  updateConfigProfileContent: (input, call) => saveProfile(input.params.config_id, input, call),

  async renameConfigProfile({ params, body }, call) {
    await call.bot.config.profiles.rename(params.config_id, body.name ?? undefined)
    return new Reply({}, { message: notice(call, 'Profile renamed', '更新成功') })
  },

  async deleteConfigProfile({ params }, call) {
    await call.bot.config.delete(params.config_id)
    return new Reply({}, { message: notice(call, 'Profile deleted', '删除成功') })
  },

  listConfigs: (_, { bot }) => ({
    configs: bot.config.profiles.list().map(profile => ({ ...profile, is_default: profile.id === 'default' })),
  }),
}
