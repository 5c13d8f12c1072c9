import type { Generated } from 'kysely'

/** What a model remembers of one message origin. Which one is current is a preference of the origin. */
export interface ConversationTable {
  id: Generated<number>
  conversation_id: string
  umo: string
  platform_id: string
  title: string | null
  persona_id: string | null
  created_at: number
  updated_at: number
}

/** One message of a conversation, OpenAI style, as JSON. All messages of a turn carry the turn's checkpoint. */
export interface ConversationMessageTable {
  id: Generated<number>
  conversation_id: string
  checkpoint_id: string
  message: string
}
