import { caller, type HandlersOf } from '../handler.ts'

export const apiKeys: HandlersOf<'API Keys'> = {
  listApiKeys: (_, { bot }) => bot.auth.listApiKeys(),

  createApiKey: ({ body }, call) => call.bot.auth.createApiKey(body, caller(call)),

  async revokeApiKey({ params }, { bot }) {
    await bot.auth.revokeApiKey(params.key_id)
    return {}
  },

  async deleteApiKey({ params }, { bot }) {
    await bot.auth.deleteApiKey(params.key_id)
    return {}
  },
}
