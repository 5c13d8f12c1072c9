import { AstrBotError } from '@astrbot/core'

/**
 * Refuses changes that a page from elsewhere asks for with the user's cookie. `SameSite=Strict` keeps other sites away,
 * yet other ports and subdomains of our own host count as the same site: browsers tell those apart in `Sec-Fetch-Site`,
 * which no page can set. Programs, and browsers over plain HTTP, do not send it.
 * @throws origin_not_allowed
 */
export function refuseOtherPages({ method, headers }: Request, allowed: readonly string[]): void {
  if (method === 'GET' || method === 'HEAD') return
  const from = headers.get('sec-fetch-site')
  if (from === null || from === 'same-origin' || from === 'none') return
  const origin = headers.get('origin') ?? 'null'
  if (!allowed.includes(origin)) throw new AstrBotError('origin_not_allowed', { origin: origin.slice(0, 200) })
}
