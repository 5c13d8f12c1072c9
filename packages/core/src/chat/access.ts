import { AstrBotError } from '../errors.ts'
import type { SessionRow, ThreadRow } from './store.ts'
import type { ChatRunTable } from './table.ts'

/** Who asks for a session or a run: a dashboard user, or an API key that may name one of its users. */
export type ChatCaller =
  | { username: string; apiKeyId: null }
  | {
      username: string | undefined
      apiKeyId: string
      /** Whether whom it names may have an administrator's rights. */
      forAdmins?: boolean
    }

/** Whether the user a caller speaks for may have an administrator's rights, where the profile gives them. */
export function mayBeAdmin(caller: ChatCaller): boolean {
  return caller.apiKeyId === null || caller.forAdmins === true
}

/** The name under which a key itself owns sessions. */
export function keyUser(apiKeyId: string): string {
  return `api_key:${apiKeyId}`
}

/** The user a new session of a caller belongs to. */
export function ownerOf(caller: ChatCaller): string {
  return caller.username ?? (caller.apiKeyId === null ? '' : keyUser(caller.apiKeyId))
}

/**
 * A dashboard user may use what it owns. A key may use what it made itself, for whichever user, or, when it names a
 * user, only what it made for that one. Nobody else's.
 */
export function mayUse(caller: ChatCaller, owner: string, madeByKey: string | null): boolean {
  if (caller.apiKeyId === null) return owner === caller.username
  if (madeByKey !== caller.apiKeyId) return false
  return caller.username === undefined || caller.username === owner
}

/** @throws session_not_found, permission_denied */
export function usableSession(caller: ChatCaller, id: string, session: SessionRow | undefined): SessionRow {
  if (!session) throw new AstrBotError('session_not_found', { id })
  if (!mayUse(caller, session.creator, session.api_key_id)) throw new AstrBotError('permission_denied')
  return session
}

/** @throws thread_not_found, permission_denied */
export function usableThread(caller: ChatCaller, id: string, thread: ThreadRow | undefined): ThreadRow {
  if (!thread) throw new AstrBotError('thread_not_found', { id })
  if (!mayUse(caller, thread.creator, thread.api_key_id)) throw new AstrBotError('permission_denied')
  return thread
}

/** A run of somebody else is as good as none. @throws run_unavailable */
export function usableRun<R extends Pick<ChatRunTable, 'username' | 'api_key_id'>>(
  caller: ChatCaller,
  run: R | undefined,
): R {
  if (!run || !mayUse(caller, run.username, run.api_key_id)) throw new AstrBotError('run_unavailable')
  return run
}
