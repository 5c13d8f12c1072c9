import type { HandlersOf } from '../handler.ts'

export const botConfigRoutes: HandlersOf<'Bot Config Routes'> = {
  listConfigRoutes: (_, { bot }) => ({ routing: bot.config.routes.table() }),

  async replaceConfigRoutes({ body }, { bot }) {
    await bot.config.routes.replace(body.routing)
    return {}
  },

  async upsertConfigRoute({ params, body }, { bot }) {
    await bot.config.routes.set(params.umo, body.config_id)
    return {}
  },

  async deleteConfigRoute({ params }, { bot }) {
    await bot.config.routes.remove(params.umo)
    return {}
  },
}
