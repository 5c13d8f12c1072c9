import type { ConfigSnapshot } from '../config/index.ts'
import { texts } from './visit.ts'

/** One of the emojis with which a profile acknowledges messages on a platform, by chance; undefined where it does not. */
export function acknowledgement(adapter: string, config: ConfigSnapshot, random: () => number): string | undefined {
  const platforms = config.platform_specific
  if (!isAmong(platforms, adapter)) return undefined
  const { enable, emojis } = platforms[adapter].pre_ack_emoji
  const choices = texts(emojis)
  return enable ? choices[Math.floor(random() * choices.length)] : undefined
}

function isAmong<T extends object>(record: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(record, key)
}
