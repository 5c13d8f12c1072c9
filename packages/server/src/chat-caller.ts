import { type AstrBot, AstrBotError, adminIds, type ChatCaller, grants, type Identity } from '@astrbot/core'
import { type Call, caller } from './handler.ts'

/** Who uses chat sessions: the dashboard user, or a key, for the user it names (any of its own when it names none). */
export function sessionCaller(call: Call, username: string | undefined): ChatCaller {
  const identity = caller(call)
  return identity.apiKeyId === null ? dashboardUser(identity) : { username, apiKeyId: identity.apiKeyId }
}

/**
 * Who speaks: the dashboard user, or the user a key names, which it must.
 * @throws username_missing, username_empty, invalid_username, username_reserved
 */
export function speaker(call: Call, username: string | null | undefined): ChatCaller {
  return speakerOf(call.bot, caller(call), username)
}

/** The same of somebody who did not come by a call. */
export function speakerOf(bot: AstrBot, identity: Identity, username: string | null | undefined): ChatCaller {
  if (identity.apiKeyId === null) return dashboardUser(identity)
  if (username === undefined || username === null) throw new AstrBotError('username_missing')
  const name = username.trim()
  if (name === '') throw new AstrBotError('username_empty')
  if (name.includes('!')) throw new AstrBotError('invalid_username')
  const config = bot.config.get()
  const reserved = [...adminIds(config), config.dashboard.username]
  const forAdmins = grants(identity.scopes, 'chat:admin')
  if (reserved.includes(name) && !forAdmins) throw new AstrBotError('username_reserved')
  return { username: name, apiKeyId: identity.apiKeyId, forAdmins }
}

function dashboardUser(identity: Identity): ChatCaller {
  return { username: identity.username, apiKeyId: null }
}
