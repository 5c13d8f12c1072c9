import type { Schemas } from '@astrbot/contract'
import type { Kysely } from 'kysely'
import type { Database } from '../store/index.ts'
import { type ChatCaller, usableSession } from './access.ts'
import { findSession, listSessionsOfProject, type SessionRow } from './store.ts'
import { sessionView } from './views.ts'

/** What sessions show of the projects they are in. */
export interface ProjectReferences {
  /** Undefined when the caller may not use the project. */
  reference(caller: ChatCaller, projectId: string): Promise<Schemas['ChatProjectRef'] | undefined>
}

/** A session for its caller. @throws session_not_found, permission_denied */
export async function findUsableSession(
  db: Kysely<Database>,
  caller: ChatCaller,
  sessionId: string,
): Promise<SessionRow> {
  return usableSession(caller, sessionId, await findSession(db, sessionId))
}

/** The sessions of a project that a caller may use, the one changed last first. */
export async function sessionsOfProject(
  db: Kysely<Database>,
  { username, apiKeyId }: ChatCaller,
  projectId: string,
  limit: number,
): Promise<Schemas['ChatSession'][]> {
  const rows = await listSessionsOfProject(db, projectId, { creator: username, apiKeyId: apiKeyId ?? undefined }, limit)
  return rows.map(sessionView)
}
