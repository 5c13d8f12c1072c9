import type { Schemas } from '@astrbot/contract'
import { isoTime } from '../time.ts'
import type { Run } from './run.ts'
import type { MessageRow, SessionRow, ThreadRow } from './store.ts'

/** A session as the contract shows it. */
export function sessionView(row: SessionRow): Schemas['ChatSession'] {
  return {
    session_id: row.session_id,
    platform_id: row.platform_id,
    creator: row.creator,
    display_name: row.display_name,
    is_group: row.is_group,
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  }
}

/** A side thread as the contract shows it. */
export function threadView(row: ThreadRow): Schemas['ChatThread'] {
  return {
    thread_id: row.thread_id,
    parent_session_id: row.parent_session_id,
    parent_message_id: row.parent_message_id,
    base_checkpoint_id: row.base_checkpoint_id,
    selected_text: row.selected_text,
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  }
}

/** A message as the contract shows it. */
export function messageView(row: MessageRow): Schemas['ChatMessage'] {
  return {
    id: row.id,
    platform_id: row.platform_id,
    user_id: row.user_id,
    sender_id: row.sender_id,
    sender_name: row.sender_name,
    content: JSON.parse(row.content) as Schemas['ChatMessage']['content'],
    llm_checkpoint_id: row.llm_checkpoint_id,
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  }
}

/** A running turn with everything it has produced so far. */
export function runSnapshot(run: Run): Schemas['ChatRunSnapshot'] {
  return {
    run_id: run.info.runId,
    session_id: run.info.sessionId,
    llm_checkpoint_id: run.info.checkpointId,
    status: run.status,
    revision: run.revision,
    content: run.content(),
  }
}
