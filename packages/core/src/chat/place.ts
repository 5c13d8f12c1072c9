import { webchatUmo } from '../umo.ts'
import type { SessionRow, ThreadRow } from './store.ts'

/** Where turns happen: a session, or a side thread of one. */
export interface Place {
  kind: 'session' | 'thread'
  /** Of the session or thread. */
  id: string
  umo: string
  creator: string
  /** The key that made it; null for the dashboard. */
  apiKeyId: string | null
  /** The platform of what the model remembers. */
  platformId: string
  /** The platform under which messages are stored. */
  historyPlatformId: string
  /** The name of a session, which a new conversation takes over. */
  name: string | null
}

export function sessionPlace(row: SessionRow): Place {
  return {
    kind: 'session',
    id: row.session_id,
    umo: webchatUmo(row.creator, row.session_id, row.platform_id),
    creator: row.creator,
    apiKeyId: row.api_key_id,
    platformId: row.platform_id,
    historyPlatformId: row.platform_id,
    name: row.display_name,
  }
}

export function threadPlace(row: ThreadRow): Place {
  return {
    kind: 'thread',
    id: row.thread_id,
    umo: webchatUmo(row.creator, row.thread_id),
    creator: row.creator,
    apiKeyId: row.api_key_id,
    platformId: 'webchat',
    historyPlatformId: 'webchat_thread',
    name: null,
  }
}
