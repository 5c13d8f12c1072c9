import type { Schemas } from '@astrbot/contract'
import type { BotCaller, JsonObject } from '@astrbot/core'
import { languageOf } from '../config-caller.ts'
import { type Call, caller, type HandlersOf } from '../handler.ts'
import { notice } from '../http/notice.ts'
import { Reply } from '../http/reply.ts'
import { settingsOf } from '../provider-caller.ts'

export const bots: HandlersOf<'Bots'> = {
  listBotTypes: (_, call) => ({ bot_types: call.bot.bots.types(languageOf(call)) }),
  registerBotType: ({ params, body }, call) => call.bot.bots.register(params.bot_type, body),

  listBots: ({ query }, call) => ({ bots: call.bot.bots.list(query, botCaller(call)).map(shown) }),

  async createBot({ body }, call) {
    await call.bot.bots.create(settingsOf(body), botCaller(call))
    return done(call, 'Bot created', '机器人已创建')
  },

  listBotStats: (_, call) => call.bot.bots.report(botCaller(call)),

  getBot: ({ params }, call) => get(params.bot_id, call),
  getBotById: ({ query }, call) => get(query.bot_id, call),

  updateBot: ({ params, body }, call) => update(params.bot_id, settingsOf(body), call),
  updateBotById: ({ body }, call) => update(body.bot_id, settingsOf(body), call),

  deleteBot: ({ params }, call) => remove(params.bot_id, call),
  deleteBotById: ({ query }, call) => remove(query.bot_id, call),

  setBotEnabled: ({ params, body }, call) => switchTo(params.bot_id, body.enabled, call),
  setBotEnabledById: ({ body }, call) => switchTo(body.bot_id, body.enabled, call),

  testBot: ({ params }, call) => call.bot.bots.test(params.bot_id),
  testBotById: ({ body }, call) => call.bot.bots.test(body.bot_id),
}

type Done = Promise<Reply<Record<string, never>>>

function get(id: string, call: Call): Schemas['BotDetail'] {
  return { bot: shown(call.bot.bots.get(id, botCaller(call))) }
}

async function update(id: string, body: JsonObject, call: Call): Done {
  await call.bot.bots.update(id, body, botCaller(call))
  return done(call, 'Bot updated', '机器人已更新')
}

async function remove(id: string, call: Call): Done {
  await call.bot.bots.delete(id)
  return done(call, 'Bot deleted', '机器人已删除')
}

async function switchTo(id: string, enabled: boolean, call: Call): Done {
  await call.bot.bots.setEnabled(id, enabled)
  return enabled ? done(call, 'Bot enabled', '机器人已启用') : done(call, 'Bot disabled', '机器人已停用')
}

function botCaller(call: Call): BotCaller {
  return { byKey: caller(call).apiKeyId !== null }
}

function done(call: Call, english: string, chinese: string): Reply<Record<string, never>> {
  return new Reply({}, { message: notice(call, english, chinese) })
}

/** The registry makes what it shows fit the contract. */
function shown(bot: JsonObject): Schemas['Bot'] {
  return bot as Schemas['Bot']
}
