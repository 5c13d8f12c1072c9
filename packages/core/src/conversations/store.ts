import { type Kysely, type Selectable, type SelectQueryBuilder, sql, type Updateable } from 'kysely'
import type { Database, Dialect } from '../store/index.ts'
import { beginsWith, contains, hasMessageType } from '../store/text-sql.ts'
import { webchatUmo } from '../umo.ts'
import type { StoredMessage } from './history.ts'
import type { Summary } from './recall.ts'
import type { ConversationTable } from './table.ts'

type Db = Kysely<Database>

export type ConversationRow = Selectable<ConversationTable>

/** Which conversations to list; filters add up. */
export interface ConversationFilter {
  umo?: string | undefined
  platformIds?: readonly string[] | undefined
  messageTypes?: readonly string[] | undefined
  /** Leaves out these origins, and those of these platforms or platforms and message types. */
  excludedOrigins?: readonly string[] | undefined
  excludedPlatformIds?: readonly string[] | undefined
  /** Found in title, name of the chat session, origin, id or messages. */
  search?: string | undefined
}

const mostParameters = 500

export async function findConversation(db: Db, conversationId: string): Promise<ConversationRow | undefined> {
  return db.selectFrom('conversations').selectAll().where('conversation_id', '=', conversationId).executeTakeFirst()
}

export async function findConversations(db: Db, conversationIds: readonly string[]): Promise<ConversationRow[]> {
  return db.selectFrom('conversations').selectAll().where('conversation_id', 'in', conversationIds).execute()
}

export async function insertConversation(db: Db, row: Omit<ConversationRow, 'id' | 'version'>): Promise<void> {
  await db.insertInto('conversations').values(row).execute()
}

/** Changes a conversation and holds it until the transaction ends; false when it does not exist, or not in that version. */
export async function updateConversation(
  db: Db,
  conversationId: string,
  changes: Updateable<ConversationTable>,
  version?: number,
): Promise<boolean> {
  let update = db.updateTable('conversations').set(changes).where('conversation_id', '=', conversationId)
  if (version !== undefined) update = update.where('version', '=', version)
  const result = await update.executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/**
 * Notes that messages were taken away or rewritten: what the last request counted says nothing about the next one, and
 * turns that began before are not to be added any more. Held until the transaction ends.
 */
export async function markRewritten(db: Db, conversationId: string, now: number): Promise<boolean> {
  const result = await db
    .updateTable('conversations')
    .set(({ eb }) => ({ version: eb('version', '+', 1), token_usage: 0, updated_at: now }))
    .where('conversation_id', '=', conversationId)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export async function findSummary(db: Db, conversationId: string): Promise<Summary | undefined> {
  const row = await db
    .selectFrom('conversation_summaries')
    .select(['summary', 'up_to'])
    .where('conversation_id', '=', conversationId)
    .executeTakeFirst()
  return row && { text: row.summary, upTo: row.up_to }
}

export async function putSummary(db: Db, conversationId: string, { text, upTo }: Summary): Promise<void> {
  await db
    .insertInto('conversation_summaries')
    .values({ conversation_id: conversationId, summary: text, up_to: upTo })
    .onConflict(conflict => conflict.column('conversation_id').doUpdateSet({ summary: text, up_to: upTo }))
    .execute()
}

/** Removes the summary of a conversation if it covers messages from a number on. */
export async function deleteSummaryFrom(db: Db, conversationId: string, id: number): Promise<void> {
  await db
    .deleteFrom('conversation_summaries')
    .where('conversation_id', '=', conversationId)
    .where('up_to', '>=', id)
    .execute()
}

/** Renames the conversations of an origin that have no title, or the name that its session had before. */
export async function retitleConversations(
  db: Db,
  umo: string,
  { from, to }: { from: string | null; to: string },
): Promise<void> {
  await db
    .updateTable('conversations')
    .set({ title: to || null })
    .where('umo', '=', umo)
    .where(({ eb, or }) => or([eb('title', 'is', null), eb('title', 'in', ['', ...(from ? [from] : [])])]))
    .execute()
}

/** The name of the chat session that is an origin; null when it has none, or is no chat session. */
export async function sessionName(db: Db, umo: string): Promise<string | null> {
  const session = await db
    .selectFrom('platform_sessions')
    .select(['session_id', 'creator', 'platform_id', 'display_name'])
    .where('session_id', '=', umo.slice(umo.lastIndexOf('!') + 1))
    .executeTakeFirst()
  if (!session || webchatUmo(session.creator, session.session_id, session.platform_id) !== umo) return null
  return session.display_name || null
}

/** Removes a conversation with its messages. */
export async function deleteConversation(db: Db, conversationId: string): Promise<void> {
  await db.deleteFrom('conversations').where('conversation_id', '=', conversationId).execute()
}

/** Removes every conversation of an origin with its messages. */
export async function deleteConversationsOf(db: Db, umo: string): Promise<void> {
  await db.deleteFrom('conversations').where('umo', '=', umo).execute()
}

/** Adds messages to the end of a conversation. */
export async function insertMessages(
  db: Db,
  conversationId: string,
  messages: readonly StoredMessage[],
): Promise<void> {
  for (let i = 0; i < messages.length; i += mostParameters) {
    const rows = messages.slice(i, i + mostParameters)
    await db
      .insertInto('conversation_messages')
      .values(rows.map(row => ({ conversation_id: conversationId, ...row })))
      .execute()
  }
}

export async function deleteMessages(db: Db, conversationId: string): Promise<void> {
  await db.deleteFrom('conversation_messages').where('conversation_id', '=', conversationId).execute()
  await deleteSummaryFrom(db, conversationId, 0)
}

/** Whether a conversation has messages of a turn. */
export async function hasCheckpoint(db: Db, conversationId: string, checkpointId: string): Promise<boolean> {
  const row = await db
    .selectFrom('conversation_messages')
    .select('id')
    .where('conversation_id', '=', conversationId)
    .where('checkpoint_id', '=', checkpointId)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Removes the messages of a conversation from a number on. */
export async function deleteMessagesFrom(db: Db, conversationId: string, id: number): Promise<void> {
  await db
    .deleteFrom('conversation_messages')
    .where('conversation_id', '=', conversationId)
    .where('id', '>=', id)
    .execute()
  await deleteSummaryFrom(db, conversationId, id)
}

/** Copies the messages of a conversation, up to the end of a turn, to the end of another. */
export async function copyMessages(db: Db, from: string, checkpointId: string, to: string): Promise<void> {
  await db
    .insertInto('conversation_messages')
    .columns(['conversation_id', 'checkpoint_id', 'message'])
    .expression(eb =>
      eb
        .selectFrom('conversation_messages')
        .select([sql<string>`cast(${to} as text)`.as('conversation_id'), 'checkpoint_id', 'message'])
        .where('conversation_id', '=', from)
        .where('id', '<=', ({ selectFrom }) =>
          selectFrom('conversation_messages as last')
            .select(({ fn }) => fn.max('last.id').as('id'))
            .where('last.conversation_id', '=', from)
            .where('last.checkpoint_id', '=', checkpointId),
        )
        .orderBy('id'),
    )
    .execute()
}

/** Up to `limit` messages before the number `before`, newest first. */
export async function messagesBefore(
  db: Db,
  conversationId: string,
  before: number,
  limit: number,
): Promise<(StoredMessage & { id: number })[]> {
  return db
    .selectFrom('conversation_messages')
    .select(['id', 'checkpoint_id', 'message'])
    .where('conversation_id', '=', conversationId)
    .where('id', '<', before)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** All messages of some conversations in order, by conversation. */
export async function messagesOf(db: Db, conversationIds: readonly string[]): Promise<Map<string, StoredMessage[]>> {
  const found = new Map<string, StoredMessage[]>()
  for (let i = 0; i < conversationIds.length; i += mostParameters) {
    const rows = await db
      .selectFrom('conversation_messages')
      .select(['conversation_id', 'checkpoint_id', 'message'])
      .where('conversation_id', 'in', conversationIds.slice(i, i + mostParameters))
      .orderBy('id')
      .execute()
    for (const { conversation_id, ...message } of rows) {
      const messages = found.get(conversation_id)
      if (messages) messages.push(message)
      else found.set(conversation_id, [message])
    }
  }
  return found
}

/** A slice of the conversations, newest first. */
export async function selectConversations(
  db: Db,
  dialect: Dialect,
  filter: ConversationFilter,
  slice: { limit: number; offset: number },
): Promise<ConversationRow[]> {
  return filtered(db, dialect, filter)
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(slice.limit)
    .offset(slice.offset)
    .execute()
}

export async function countConversations(db: Db, dialect: Dialect, filter: ConversationFilter): Promise<number> {
  const { count } = await filtered(db, dialect, filter)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** The conversations of a slice of origins; the origin with the newest conversation comes first. */
export async function selectByOrigin(
  db: Db,
  dialect: Dialect,
  filter: ConversationFilter,
  slice: { limit: number; offset: number },
): Promise<ConversationRow[]> {
  const origins = await filtered(db, dialect, filter)
    .select('umo')
    .groupBy('umo')
    .orderBy(({ fn }) => fn.max('created_at'), 'desc')
    .orderBy(({ fn }) => fn.max('id'), 'desc')
    .limit(slice.limit)
    .offset(slice.offset)
    .execute()
  if (origins.length === 0) return []
  const umos = origins.map(({ umo }) => umo)
  const rows = await filtered(db, dialect, filter)
    .selectAll()
    .where('umo', 'in', umos)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  const byOrigin = Map.groupBy(rows, row => row.umo)
  return umos.flatMap(umo => byOrigin.get(umo) ?? [])
}

export async function countOrigins(db: Db, dialect: Dialect, filter: ConversationFilter): Promise<number> {
  const { count } = await filtered(db, dialect, filter)
    .select(({ fn }) => fn.count<number>('umo').distinct().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** The bots that have conversations. */
export async function selectPlatformIds(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('conversations').select('platform_id').distinct().orderBy('platform_id').execute()
  return rows.map(row => row.platform_id)
}

/** Moves conversations from origins that begin with `from` to the same ones beginning with `to`. */
export async function renameOrigins(db: Db, from: string, to: string): Promise<void> {
  await db
    .updateTable('conversations')
    .set({ umo: sql<string>`${to} || substr(umo, ${sql.lit(from.length + 1)})` })
    .where(beginsWith('umo', from))
    .execute()
}

function filtered(
  db: Db,
  dialect: Dialect,
  filter: ConversationFilter,
): SelectQueryBuilder<Database, 'conversations', Record<never, never>> {
  const { umo, platformIds, messageTypes, excludedOrigins = [], excludedPlatformIds = [], search } = filter
  let query = db.selectFrom('conversations')
  if (umo) query = query.where('umo', '=', umo)
  if (platformIds?.length) query = query.where('platform_id', 'in', platformIds)
  if (excludedPlatformIds.length > 0) query = query.where('platform_id', 'not in', excludedPlatformIds)
  if (messageTypes?.length) {
    query = query.where(({ or }) => or(messageTypes.map(type => hasMessageType(dialect, 'umo', type))))
  }
  for (const origin of excludedOrigins) {
    query = query.where('umo', '!=', origin).where(({ not }) => not(beginsWith('umo', `${origin}:`)))
  }
  if (search) {
    // Messages are JSON: a quote in the text is two characters there.
    const escaped = JSON.stringify(search).slice(1, -1)
    query = query.where(({ eb, or, exists, selectFrom }) =>
      or([
        contains(dialect, 'title', search),
        eb(
          'umo',
          'in',
          originsOfSessions(selectFrom('platform_sessions').where(contains(dialect, 'display_name', search))),
        ),
        contains(dialect, 'umo', search),
        contains(dialect, 'conversations.conversation_id', search),
        exists(
          selectFrom('conversation_messages as m')
            .select('m.id')
            .whereRef('m.conversation_id', '=', 'conversations.conversation_id')
            .where(contains(dialect, 'm.message', escaped)),
        ),
      ]),
    )
  }
  return query
}

/** The origins of chat sessions, as `webchatUmo` makes them. */
function originsOfSessions(sessions: SelectQueryBuilder<Database, 'platform_sessions', Record<never, never>>) {
  return sessions.select(
    sql<string>`platform_id || ':FriendMessage:' || platform_id || '!' || creator || '!' || session_id`.as('umo'),
  )
}
