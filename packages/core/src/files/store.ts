import { type ExpressionBuilder, type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import type { Database } from '../store/index.ts'
import type { FileCaller, Reach } from './access.ts'
import type { AttachmentTable } from './table.ts'

type Db = Kysely<Database> | Transaction<Database>

const mostInOneQuery = 1000

/** A stored attachment. Times are epoch milliseconds. */
export type Attachment = Omit<Selectable<AttachmentTable>, 'id'>

export async function insertAttachment(db: Db, row: Attachment): Promise<void> {
  await db.insertInto('attachments').values(row).execute()
}

/** Attachments that a caller reaches, of those ids. */
export async function findAttachments(
  db: Db,
  ids: readonly string[],
  caller: FileCaller,
  reach: Reach,
): Promise<Attachment[]> {
  if (ids.length === 0) return []
  return reachable(db, caller, reach).where('attachment_id', 'in', ids).execute()
}

/** The attachment of the caller that is stored under a name, or else the newest that is shown under it. */
export async function findAttachmentByName(db: Db, name: string, caller: FileCaller): Promise<Attachment | undefined> {
  const own = () => reachable(db, caller, 'own')
  return (
    (await own().where('stored_name', '=', name).executeTakeFirst()) ??
    (await own().where('filename', '=', name).orderBy('id', 'desc').limit(1).executeTakeFirst())
  )
}

/** True when an attachment, whosever, is stored under that name. */
export async function isStoredName(db: Db, name: string): Promise<boolean> {
  const row = await db.selectFrom('attachments').select('id').where('stored_name', '=', name).executeTakeFirst()
  return row !== undefined
}

/** Removes an attachment of the caller's own and answers its name on disk. */
export async function deleteAttachment(db: Db, id: string, caller: FileCaller): Promise<string | undefined> {
  const row = await db
    .deleteFrom('attachments')
    .where('attachment_id', '=', id)
    .$if(caller.apiKeyId !== null, query => query.where('api_key_id', '=', caller.apiKeyId))
    .returning('stored_name')
    .executeTakeFirst()
  return row?.stored_name
}

/** Notes that a message refers to attachments; ids that do not exist are passed over. */
export async function linkAttachments(db: Db, messageId: number, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await db
    .insertInto('message_attachments')
    .columns(['message_id', 'attachment_id'])
    .expression(eb =>
      eb
        .selectFrom('attachments')
        .select([sql<number>`cast(${messageId} as bigint)`.as('message_id'), 'attachment_id'])
        .where('attachment_id', 'in', ids),
    )
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** Notes that a changed message refers to these attachments and no others. */
export async function relinkAttachments(db: Db, messageId: number, ids: readonly string[]): Promise<void> {
  await db.deleteFrom('message_attachments').where('message_id', '=', messageId).execute()
  await linkAttachments(db, messageId, ids)
}

/** The attachments that messages of a session or side thread refer to. */
export async function attachmentsOfHistory(db: Db, userId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('message_attachments')
    .innerJoin('platform_message_history', 'platform_message_history.id', 'message_attachments.message_id')
    .select('message_attachments.attachment_id')
    .distinct()
    .where('platform_message_history.user_id', '=', userId)
    .execute()
  return rows.map(row => row.attachment_id)
}

/** Removes those of a key's (null: the dashboard's) attachments that no message refers to; answers their names on disk. */
export async function deleteUnreferenced(db: Db, ids: readonly string[], apiKeyId: string | null): Promise<string[]> {
  const names: string[] = []
  for (let from = 0; from < ids.length; from += mostInOneQuery) {
    const rows = await db
      .deleteFrom('attachments')
      .where('attachment_id', 'in', ids.slice(from, from + mostInOneQuery))
      .where('api_key_id', apiKeyId === null ? 'is' : '=', apiKeyId)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('message_attachments')
              .select('message_attachments.message_id')
              .whereRef('message_attachments.attachment_id', '=', 'attachments.attachment_id'),
          ),
        ),
      )
      .returning('stored_name')
      .execute()
    names.push(...rows.map(row => row.stored_name))
  }
  return names
}

/** Gives the attachments of a user to its new name. */
export async function renameAttachmentOwner(db: Db, from: string, to: string): Promise<void> {
  await db.updateTable('attachments').set({ owner: to }).where('owner', '=', from).execute()
}

function reachable(db: Db, { apiKeyId }: FileCaller, reach: Reach) {
  const query = db.selectFrom('attachments').selectAll()
  if (apiKeyId === null) return query
  return query.where(eb =>
    eb.or([
      eb('api_key_id', '=', apiKeyId),
      isInSessionOf(eb, apiKeyId),
      ...(reach === 'sendable' ? [eb('api_key_id', 'is', null)] : []),
    ]),
  )
}

/** In a message of a session or side thread that the key made. */
function isInSessionOf({ exists, selectFrom }: ExpressionBuilder<Database, 'attachments'>, apiKeyId: string) {
  return exists(
    selectFrom('message_attachments')
      .innerJoin('platform_message_history', 'platform_message_history.id', 'message_attachments.message_id')
      .leftJoin('platform_sessions', 'platform_sessions.session_id', 'platform_message_history.user_id')
      .leftJoin('webchat_threads', 'webchat_threads.thread_id', 'platform_message_history.user_id')
      .select('message_attachments.message_id')
      .whereRef('message_attachments.attachment_id', '=', 'attachments.attachment_id')
      .where(eb =>
        eb.or([eb('platform_sessions.api_key_id', '=', apiKeyId), eb('webchat_threads.api_key_id', '=', apiKeyId)]),
      ),
  )
}
