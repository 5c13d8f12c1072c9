import type { HandlersOf } from '../handler.ts'
import type { NotBuilt } from '../not-built.ts'

export const stats: Omit<HandlersOf<'Stats'>, NotBuilt> = {
  getStartTime: (_, { bot }) => ({ start_time: Math.floor(bot.startedAt / 1000) }),
}
