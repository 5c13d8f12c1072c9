import { type Insertable, type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import { linkAttachments, relinkAttachments } from '../files/index.ts'
import type { Database } from '../store/index.ts'
import type { ChatRunTable, PlatformSessionTable, ThreadTable } from './table.ts'
import type { MessagePart } from './types.ts'

type Db = Kysely<Database> | Transaction<Database>

/** A stored session. Times are epoch milliseconds. */
export interface SessionRow {
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

/** A stored message; `content` is still JSON text. */
export interface MessageRow {
  id: number
  platform_id: string
  user_id: string
  sender_id: string | null
  sender_name: string | null
  content: string
  llm_checkpoint_id: string | null
  created_at: number
  updated_at: number
}

export type ThreadRow = Omit<Selectable<ThreadTable>, 'id'>

/** Which sessions to list, newest activity first: those in no project. */
export interface SessionFilter {
  creator: string
  apiKeyId?: string
  platformId?: string
}

const sessionColumns = [
  'session_id',
  'platform_id',
  'creator',
  'api_key_id',
  'project_id',
  'display_name',
  'is_group',
  'created_at',
  'updated_at',
] as const

const threadColumns = [
  'thread_id',
  'creator',
  'api_key_id',
  'parent_session_id',
  'parent_message_id',
  'base_checkpoint_id',
  'selected_text',
  'created_at',
  'updated_at',
] as const

const mostParameters = 500

export async function findSession(db: Db, sessionId: string): Promise<SessionRow | undefined> {
  return db
    .selectFrom('platform_sessions')
    .select(sessionColumns)
    .where('session_id', '=', sessionId)
    .executeTakeFirst()
}

/** Inserts a session; false when the id is taken, which a concurrent request may have done. */
export async function insertSession(db: Db, row: Insertable<PlatformSessionTable>): Promise<boolean> {
  const result = await db
    .insertInto('platform_sessions')
    .values(row)
    .onConflict(conflict => conflict.column('session_id').doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export async function touchSession(db: Db, sessionId: string, now: number, displayName?: string): Promise<void> {
  await db
    .updateTable('platform_sessions')
    .set({ updated_at: now, ...(displayName !== undefined && { display_name: displayName }) })
    .where('session_id', '=', sessionId)
    .execute()
}

/** Notes that something happened in a session or side thread. */
export async function touch(db: Db, place: { kind: string; id: string }, now: number): Promise<void> {
  if (place.kind === 'session') await touchSession(db, place.id, now)
  else if (place.kind === 'thread')
    await db.updateTable('webchat_threads').set({ updated_at: now }).where('thread_id', '=', place.id).execute()
}

/** Names a session that has no name; false when it has one, or is gone. */
export async function titleSession(db: Db, sessionId: string, title: string, now: number): Promise<boolean> {
  const result = await db
    .updateTable('platform_sessions')
    .set({ display_name: title, updated_at: now })
    .where('session_id', '=', sessionId)
    .where(eb => eb.or([eb('display_name', 'is', null), eb('display_name', '=', '')]))
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export async function listSessions(
  db: Db,
  filter: SessionFilter,
  limit: number,
  offset: number,
): Promise<SessionRow[]> {
  return db
    .selectFrom('platform_sessions')
    .where('project_id', 'is', null)
    .where('creator', '=', filter.creator)
    .$if(filter.apiKeyId !== undefined, query => query.where('api_key_id', '=', filter.apiKeyId ?? ''))
    .$if(filter.platformId !== undefined, query => query.where('platform_id', '=', filter.platformId ?? ''))
    .select(sessionColumns)
    .orderBy('updated_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute()
}

/** How many sessions `listSessions` lists in all. Counting them takes longer than reading a page, so triggers do it. */
export async function countSessions(db: Db, filter: SessionFilter): Promise<number> {
  const row = await db
    .selectFrom('platform_session_counts')
    .where('creator', '=', filter.creator)
    .$if(filter.apiKeyId !== undefined, query => query.where('api_key_id', '=', filter.apiKeyId ?? ''))
    .$if(filter.platformId !== undefined, query => query.where('platform_id', '=', filter.platformId ?? ''))
    .select(({ fn }) => fn.sum<number | null>('sessions').as('count'))
    .executeTakeFirst()
  return row?.count ?? 0
}

/** The sessions of a project, of whom they may be, newest activity first. */
export async function listSessionsOfProject(
  db: Db,
  projectId: string,
  { creator, apiKeyId }: { creator: string | undefined; apiKeyId: string | undefined },
  limit: number,
): Promise<SessionRow[]> {
  return db
    .selectFrom('platform_sessions')
    .select(sessionColumns)
    .where('project_id', '=', projectId)
    .$if(creator !== undefined, query => query.where('creator', '=', creator ?? ''))
    .$if(apiKeyId !== undefined, query => query.where('api_key_id', '=', apiKeyId ?? ''))
    .orderBy('updated_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** Puts a session into a project, out of any other; null: into none. */
export async function moveSession(db: Db, sessionId: string, projectId: string | null): Promise<void> {
  await db.updateTable('platform_sessions').set({ project_id: projectId }).where('session_id', '=', sessionId).execute()
}

/** Stores a message and which files it refers to; answers its number. A number that was given up may be given again. */
export async function insertMessage(db: Db, row: Omit<MessageRow, 'id'>, number?: number): Promise<number> {
  const values = { ...row, ...(number !== undefined && { id: number }) }
  const { id } = await db
    .insertInto('platform_message_history')
    .values(values)
    .returning('id')
    .executeTakeFirstOrThrow()
  await linkAttachments(db, id, attachmentsIn(row.content))
  return id
}

/** The ids of the files that the parts of a stored message refer to. */
function attachmentsIn(content: string): string[] {
  // Most messages have none, and need not be parsed to tell.
  if (!content.includes('"attachment_id"')) return []
  const { message } = JSON.parse(content) as { message?: MessagePart[] }
  return (message ?? []).flatMap(part => ('attachment_id' in part ? [part.attachment_id] : []))
}

/** A page of messages counted from the newest, oldest first inside the page. */
export async function listMessages(db: Db, userId: string, limit: number, offset: number): Promise<MessageRow[]> {
  const rows = await db
    .selectFrom('platform_message_history')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute()
  return rows.reverse()
}

export async function countMessages(db: Db, userId: string): Promise<number> {
  const row = await db
    .selectFrom('platform_message_history')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return row.count
}

export async function findMessage(db: Db, userId: string, id: number): Promise<MessageRow | undefined> {
  return db
    .selectFrom('platform_message_history')
    .selectAll()
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** The messages of a turn, the user's first. */
export async function messagesOfCheckpoint(db: Db, userId: string, checkpointId: string): Promise<MessageRow[]> {
  return db
    .selectFrom('platform_message_history')
    .selectAll()
    .where('user_id', '=', userId)
    .where('llm_checkpoint_id', '=', checkpointId)
    .orderBy('id')
    .execute()
}

/** The messages from a number on, oldest first. */
export async function messagesFrom(db: Db, userId: string, id: number): Promise<MessageRow[]> {
  return db
    .selectFrom('platform_message_history')
    .selectAll()
    .where('user_id', '=', userId)
    .where('id', '>=', id)
    .orderBy('id')
    .execute()
}

/** Changes a message; new content also refers to other files. */
export async function updateMessage(
  db: Db,
  id: number,
  changes: Pick<MessageRow, 'llm_checkpoint_id' | 'updated_at'> & { content?: string },
): Promise<void> {
  await db.updateTable('platform_message_history').set(changes).where('id', '=', id).execute()
  if (changes.content !== undefined) await relinkAttachments(db, id, attachmentsIn(changes.content))
}

export async function deleteMessages(db: Db, ids: readonly number[]): Promise<void> {
  for (let i = 0; i < ids.length; i += mostParameters) {
    const some = ids.slice(i, i + mostParameters)
    await db.deleteFrom('platform_message_history').where('id', 'in', some).execute()
  }
}

/** Removes a session or side thread with its messages and runs, in the caller's transaction. */
export async function deleteSessionRows(db: Db, id: string): Promise<void> {
  await db.deleteFrom('platform_message_history').where('user_id', '=', id).execute()
  await db.deleteFrom('chat_runs').where('session_id', '=', id).execute()
  await db.deleteFrom('platform_sessions').where('session_id', '=', id).execute()
  await db.deleteFrom('webchat_threads').where('thread_id', '=', id).execute()
}

export async function insertThread(db: Db, row: ThreadRow): Promise<void> {
  await db.insertInto('webchat_threads').values(row).execute()
}

export async function findThread(db: Db, threadId: string): Promise<ThreadRow | undefined> {
  return db.selectFrom('webchat_threads').select(threadColumns).where('thread_id', '=', threadId).executeTakeFirst()
}

/** The side threads of a session, or of one of its messages, oldest first. */
export async function listThreads(db: Db, sessionId: string, messageId?: number): Promise<ThreadRow[]> {
  return db
    .selectFrom('webchat_threads')
    .select(threadColumns)
    .where('parent_session_id', '=', sessionId)
    .$if(messageId !== undefined, query => query.where('parent_message_id', '=', messageId ?? 0))
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

export async function insertRun(db: Db, row: ChatRunTable): Promise<void> {
  await db.insertInto('chat_runs').values(row).execute()
}

export async function findRun(db: Db, runId: string): Promise<ChatRunTable | undefined> {
  return db.selectFrom('chat_runs').selectAll().where('run_id', '=', runId).executeTakeFirst()
}

export async function finishRun(db: Db, runId: string, status: ChatRunTable['status'], now: number): Promise<void> {
  await db.updateTable('chat_runs').set({ status, finished_at: now }).where('run_id', '=', runId).execute()
}

export async function runsLeftRunning(db: Db): Promise<ChatRunTable[]> {
  return db.selectFrom('chat_runs').selectAll().where('status', '=', 'running').orderBy('created_at').execute()
}

/** Appends what one flush holds; `events` is the JSON text of a list. */
export async function insertRunEvents(db: Db, runId: string, firstSeq: number, events: string): Promise<void> {
  await db.insertInto('chat_run_events').values({ run_id: runId, first_seq: firstSeq, events }).execute()
}

/** The stored pieces of a run that hold events after `after`, in order. */
export async function runEventsAfter(
  db: Db,
  runId: string,
  after: number,
): Promise<{ first_seq: number; events: string }[]> {
  return db
    .selectFrom('chat_run_events')
    .select(['first_seq', 'events'])
    .where('run_id', '=', runId)
    .where('first_seq', '>=', ({ selectFrom }) =>
      selectFrom('chat_run_events as earlier')
        .select(({ fn }) => fn.coalesce(fn.max('earlier.first_seq'), sql<number>`0`).as('first'))
        .where('earlier.run_id', '=', runId)
        .where('earlier.first_seq', '<=', after + 1),
    )
    .orderBy('first_seq')
    .execute()
}

/** Forgets the event logs of runs that ended before a moment; their messages stay. */
export async function deleteRunsBefore(db: Db, moment: number): Promise<void> {
  await db.deleteFrom('chat_runs').where('finished_at', '<', moment).where('status', '!=', 'running').execute()
}

/** Gives everything a user owns to the user's new name. */
export async function renameOwner(db: Db, from: string, to: string): Promise<void> {
  await db.updateTable('platform_sessions').set({ creator: to }).where('creator', '=', from).execute()
  await db.updateTable('webchat_threads').set({ creator: to }).where('creator', '=', from).execute()
  await db.updateTable('chat_runs').set({ username: to }).where('username', '=', from).execute()
}
