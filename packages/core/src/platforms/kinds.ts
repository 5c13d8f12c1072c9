import { botStarters } from '../config/index.ts'
import type { JsonObject } from '../json.ts'
import type { PlatformKind } from './adapter.ts'
import { larkKind } from './lark/lark.ts'
import { lineKind } from './line/line.ts'
import { OneBot } from './onebot/onebot.ts'
import { wechatKind } from './wechat/wechat.ts'

/** Platforms on which people see an answer grow. */
const streaming: ReadonlySet<string> = new Set([
  ...['qq_official', 'qq_official_webhook', 'lark', 'wecom_ai_bot', 'dingtalk', 'telegram'],
])

const served: Readonly<Record<string, Partial<PlatformKind>>> = {
  aiocqhttp: {
    description: 'QQ and others through a OneBot v11 program',
    connect: host => new OneBot(host),
  },
  line: lineKind,
  lark: larkKind,
  weixin_official_account: wechatKind,
}

/** Every platform that bots can be stored for. Those without an adapter yet are kept and shown, and cannot run. */
export function platformKinds(): PlatformKind[] {
  return Object.entries(botStarters()).map(([title, { type = '' }]) => ({
    type,
    displayName: type,
    description: `${title}; cannot run here yet`,
    streaming: streaming.has(type),
    proactive: true,
    ...served[type],
  }))
}

/** The settings that a bot of a type begins with. */
export function starterOf(type: string): JsonObject | null {
  const found = Object.values(botStarters()).find(starter => starter.type === type)
  // Data of ours, which is JSON.
  return found ? (found as JsonObject) : null
}

/** The name under which forms offer a type. */
export function titleOf(type: string): string | undefined {
  return Object.entries(botStarters()).find(([, starter]) => starter.type === type)?.[0]
}
