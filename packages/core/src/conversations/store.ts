import type { Kysely, Transaction } from 'kysely'
import type { Database } from '../store/index.ts'

type Db = Kysely<Database> | Transaction<Database>

export async function conversationExists(db: Db, conversationId: string): Promise<boolean> {
  const row = await db.selectFrom('conversations').select('id').where('conversation_id', '=', conversationId).executeTakeFirst()
  return row !== undefined
}

export async function insertConversation(
  db: Db,
  row: { conversation_id: string; umo: string; platform_id: string; created_at: number; updated_at: number },
): Promise<void> {
  await db.insertInto('conversations').values({ ...row, title: null, persona_id: null }).execute()
}

/** Adds the messages of a turn. */
export async function appendMessages(db: Db, conversationId: string, checkpointId: string, messages: string[], now: number): Promise<void> {
  await db
    .insertInto('conversation_messages')
    .values(messages.map(message => ({ conversation_id: conversationId, checkpoint_id: checkpointId, message })))
    .execute()
  await db.updateTable('conversations').set({ updated_at: now }).where('conversation_id', '=', conversationId).execute()
}

/** Up to `limit` messages before the number `before`, newest first. */
export async function messagesBefore(
  db: Db,
  conversationId: string,
  before: number,
  limit: number,
): Promise<{ id: number; checkpoint_id: string; message: string }[]> {
  return db
    .selectFrom('conversation_messages')
    .select(['id', 'checkpoint_id', 'message'])
    .where('conversation_id', '=', conversationId)
    .where('id', '<', before)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}
