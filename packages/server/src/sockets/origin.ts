import type { IncomingMessage } from 'node:http'
import { AstrBotError } from '@astrbot/core'

/**
 * Refuses handshakes of web pages from elsewhere: browsers send them without asking. Programs send no `Origin`. Behind a
 * proxy the name the page knows us by is in `X-Forwarded-Host`, which no page can set.
 * @throws origin_not_allowed
 */
export function checkOrigin({ headers }: Pick<IncomingMessage, 'headers'>, allowed: readonly string[]): void {
  const origin = headers.origin
  if (origin === undefined || allowed.includes(origin) || allowed.includes('*')) return
  const forwarded = [headers['x-forwarded-host']].flat().flatMap(names => names?.split(',') ?? [])
  const ours = [headers.host, ...forwarded].map(name => name?.trim().toLowerCase())
  const theirs = hostOf(origin)
  // Proxies commonly pass the name on without its port.
  if (ours.includes(theirs) || ours.includes(theirs.replace(/:\d+$/, ''))) return
  throw new AstrBotError('origin_not_allowed', { origin: origin.slice(0, 200) })
}

function hostOf(origin: string): string {
  return /^https?:\/\/(.*)$/i.exec(origin)?.[1]?.toLowerCase() ?? 'none'
}
