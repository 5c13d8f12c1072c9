import type { IncomingMessage } from 'node:http'
import { type AstrBot, AstrBotError, type Credentials, type Identity } from '@astrbot/core'
import { lastOf } from '../http/credentials.ts'

/** What every socket asks for. */
const scope = 'chat'

/** How a socket tells who may open it: again and again, as a key may be revoked while the socket is open. */
export type Door = () => Promise<Identity>

/** Opens to API keys: `api_key`, `key`, `X-API-Key`, then `Authorization`. No dashboard token, no cookie. */
export function keyDoor(bot: AstrBot, { headers }: IncomingMessage, query: URLSearchParams): Door {
  const authorization = headers.authorization?.trim() ?? ''
  const [, written] = /^(?:Bearer|ApiKey) +(.+)$/.exec(authorization) ?? []
  const given = lastOf(query, 'api_key') || lastOf(query, 'key') || [headers['x-api-key']].flat()[0] || written
  return async () => {
    if (!given) throw new AstrBotError('missing_credentials')
    return bot.auth.authenticate({ apiKey: given.trim() }, scope)
  }
}

/** Opens to dashboard tokens: `token`, or for programs a Bearer header. No API key; no cookie, which pages send unasked. */
export function tokenDoor(bot: AstrBot, { headers }: IncomingMessage, query: URLSearchParams): Door {
  const [, bearer] = /^Bearer +(.+)$/.exec(headers.authorization?.trim() ?? '') ?? []
  const credentials: Credentials = { cookieToken: lastOf(query, 'token') || bearer?.trim() }
  return () => bot.auth.authenticate(credentials, scope)
}
