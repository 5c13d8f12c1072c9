import type { InboundMessage } from '../platforms/index.ts'
import type { Place } from './place.ts'
import type { RunInfo } from './run.ts'

/** What a message in a chat of ours looks like to the stages that stand before every answer. */
export function inboundOf(place: Place, { runId, umo }: RunInfo, said: Said, now: number): InboundMessage {
  return {
    umo,
    platformId: place.platformId,
    adapter: 'webchat',
    type: 'FriendMessage',
    sessionId: umo.split(':').slice(2).join(':'),
    messageId: runId,
    selfId: 'webchat',
    sender: { id: place.creator, name: place.creator },
    components: said.quoted ? [{ type: 'reply', messageId: '', text: said.quoted }] : [],
    text: said.text,
    time: now,
  }
}

/** What is said, and what it refers to. */
export interface Said {
  text: string
  /** The passage it replies to. */
  quoted?: string | undefined
}
