import type { Generated } from 'kysely'

/**
 * A chat session. `api_key_id` names the key that made it: that key may use it, under the user it named. The database
 * clears `project_id` when the project goes.
 */
export interface PlatformSessionTable {
  id: Generated<number>
  session_id: string
  platform_id: string
  creator: string
  api_key_id: string | null
  project_id: string | null
  display_name: string | null
  is_group: number
  created_at: number
  updated_at: number
}

/** How many sessions in no project a creator, a key (empty: none) and a platform have. Triggers keep it; only read it. */
export interface PlatformSessionCountTable {
  creator: string
  api_key_id: string
  platform_id: string
  sessions: number
}

/** A message as it is shown. `user_id` is the session or side thread; `content` is JSON. */
export interface MessageHistoryTable {
  id: Generated<number>
  platform_id: string
  user_id: string
  sender_id: string | null
  sender_name: string | null
  content: string
  llm_checkpoint_id: string | null
  created_at: number
  updated_at: number
}

/** A turn of the bot. */
export interface ChatRunTable {
  run_id: string
  session_id: string
  umo: string
  username: string
  api_key_id: string | null
  llm_checkpoint_id: string
  status: 'running' | 'completed' | 'stopped' | 'failed' | 'interrupted'
  created_at: number
  finished_at: number | null
}

/** Events of a run, as many as one flush held: `events` is a JSON list whose first element has the number `first_seq`. */
export interface ChatRunEventsTable {
  run_id: string
  first_seq: number
  events: string
}

/** A side thread: a conversation about a passage of a bot message. It belongs to whom its session belongs. */
export interface ThreadTable {
  id: Generated<number>
  thread_id: string
  creator: string
  api_key_id: string | null
  parent_session_id: string
  parent_message_id: number
  /** The turn of the parent message: what the model remembers goes up to there. */
  base_checkpoint_id: string
  selected_text: string
  created_at: number
  updated_at: number
}
