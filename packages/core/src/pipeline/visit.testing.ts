import { type ConfigSnapshot, defaultConfig } from '../config/index.ts'
import type { JsonObject } from '../json.ts'
import { isJsonObject } from '../json.ts'
import type { InboundMessage } from '../platforms/index.ts'
import type { SessionRules } from '../sessions/index.ts'
import { newVisit, type Verdict, type Visit } from './visit.ts'

/** The default profile with other values laid over it, key by key. */
export function profileWith(changes: object = {}): ConfigSnapshot {
  return laidOver(structuredClone(defaultConfig) as JsonObject, changes as JsonObject) as unknown as ConfigSnapshot
}

function laidOver(base: JsonObject, changes: JsonObject): JsonObject {
  for (const [key, value] of Object.entries(changes)) {
    const before = base[key]
    base[key] = isJsonObject(before) && isJsonObject(value) ? laidOver(before, value) : value
  }
  return base
}

/** A message in a group of a OneBot bot. */
export function groupMessage(text: string, changes: Partial<InboundMessage> = {}): InboundMessage {
  return {
    umo: 'qq:GroupMessage:900',
    platformId: 'qq',
    adapter: 'aiocqhttp',
    type: 'GroupMessage',
    sessionId: '900',
    messageId: 'm1',
    selfId: '100',
    sender: { id: '7', name: 'Ada' },
    group: { id: '900', name: 'Gardeners' },
    components: [{ type: 'plain', text }],
    text,
    time: Date.UTC(2026, 6, 6, 4),
    ...changes,
  }
}

/** A message to the same bot in private. */
export function privateMessage(text: string, changes: Partial<InboundMessage> = {}): InboundMessage {
  const { group: _, ...message } = groupMessage(text)
  return { ...message, umo: 'qq:FriendMessage:7', type: 'FriendMessage', sessionId: '7', ...changes }
}

export interface VisitOptions {
  config?: object
  rules?: SessionRules
  signal?: AbortSignal
}

export function visitOf(message: InboundMessage, options: VisitOptions = {}): Visit {
  const { config, rules = {}, signal = new AbortController().signal } = options
  return newVisit(message, { replyTo: message.umo, config: profileWith(config), rules, signal })
}

/** `on`, or why not. */
export function said(verdict: Verdict): string {
  return verdict.goOn ? 'on' : verdict.because
}
