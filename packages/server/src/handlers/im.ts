import type { Schemas } from '@astrbot/contract'
import { type Call, caller, type HandlersOf } from '../handler.ts'

export const im: HandlersOf<'IM'> = {
  sendImMessage: ({ body }, call) => send(body, call),
  sendImMessageLegacy: ({ body }, call) => send(body, call),
  listImBots: (_, { bot }) => ({ bot_ids: bot.im.botIds() }),
}

async function send({ umo, message }: Schemas['ImMessageRequest'], call: Call): Promise<Record<string, never>> {
  await call.bot.im.send(caller(call), umo, message)
  return {}
}
