import type { Generated } from 'kysely'

/** What a model remembers of one message origin. Which one is current is a preference of the origin. */
export interface ConversationTable {
  id: Generated<number>
  conversation_id: string
  umo: string
  platform_id: string
  title: string | null
  /** Null is the persona of the profile, `[%None]` none on purpose. */
  persona_id: string | null
  /** Tokens of the model's last call; 0 is unknown. */
  token_usage: number
  /** Changes when messages are taken away or rewritten. */
  version: Generated<number>
  created_at: number
  updated_at: number
}

/**
 * One message of a conversation, OpenAI style, as JSON. All messages of a turn carry the turn's checkpoint; those of
 * turns without one carry null.
 */
export interface ConversationMessageTable {
  id: Generated<number>
  conversation_id: string
  checkpoint_id: string | null
  message: string
}

/** What models are told in place of the oldest messages of a conversation, which stay. */
export interface ConversationSummaryTable {
  conversation_id: string
  /** The number of the last message that it covers. */
  up_to: number
  summary: string
}
