import type { Schemas } from '@astrbot/contract'
import type { ConfigSnapshot } from '../config/index.ts'
import { isJsonObject } from '../json.ts'

type Bot = Schemas['ConversationFilterBot']

/** The bots conversations can be filtered by: web chat, the configured ones, and those of which only talk is left. */
export function filterBots(config: ConfigSnapshot, platformIds: readonly string[]): Bot[] {
  const bots = new Map<string, Bot>([['webchat', { id: 'webchat', type: 'webchat' }]])
  for (const platform of config.platform) {
    if (!isJsonObject(platform) || typeof platform['id'] !== 'string' || typeof platform['type'] !== 'string') continue
    bots.set(platform['id'], { id: platform['id'], type: platform['type'] })
  }
  for (const id of platformIds) if (!bots.has(id)) bots.set(id, { id, type: 'unknown' })
  return [...bots.values()]
}
