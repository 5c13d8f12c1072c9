import { webchatUmo } from '../umo.ts'
import type { SessionRow, ThreadRow } from './store.ts'

/**
 * Where turns happen: a session, a side thread of one, or what is shown nowhere later: a voice session, a chat on another
 * platform.
 */
export interface Place {
  kind: 'session' | 'thread' | 'voice' | 'platform'
  /** Of the session, thread or voice session; on other platforms the UMO. */
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

export function voicePlace(creator: string, id: string, apiKeyId: string | null): Place {
  return {
    kind: 'voice',
    id,
    umo: webchatUmo(creator, id),
    creator,
    apiKeyId,
    platformId: 'webchat',
    historyPlatformId: 'webchat',
    name: null,
  }
}

/** A chat on another platform. Nobody can be signed in under its name, so nobody reads its turns as their own. */
export function platformPlace(umo: string): Place {
  const platformId = umo.slice(0, umo.indexOf(':'))
  return {
    kind: 'platform',
    id: umo,
    umo,
    creator: umo,
    apiKeyId: null,
    platformId,
    historyPlatformId: platformId,
    name: null,
  }
}

/** Whether the messages of a place are stored for showing them. */
export function keepsMessages({ kind }: Pick<Place, 'kind'>): boolean {
  return kind === 'session' || kind === 'thread'
}
