import type { Visit } from '../pipeline/index.ts'
import type { ChatEvent } from './types.ts'

/** An event of an answer that is told in whole pieces: its texts stand behind what the profile puts before replies. */
export function behindPrefix(event: ChatEvent, { config }: Pick<Visit, 'config'>): ChatEvent {
  if (event.type !== 'plain' || event.chain_type !== null || event.streaming) return event
  return { ...event, data: config.platform_settings.reply_prefix + event.data }
}
