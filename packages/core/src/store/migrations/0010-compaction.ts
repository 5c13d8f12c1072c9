import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/**
 * What models are told of long conversations: a summary in place of the oldest messages, which stay. The version of a
 * conversation changes when it is emptied or rewritten, so that a turn which began before does not undo that.
 */
export const compaction: Migration = {
  name: '0010-compaction',
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('conversations')
      .addColumn('version', 'integer', column => column.notNull().defaultTo(0))
      .execute()
    await db.schema
      .createTable('conversation_summaries')
      .addColumn('conversation_id', 'text', column =>
        column.primaryKey().references('conversations.conversation_id').onDelete('cascade'),
      )
      .addColumn('up_to', 'bigint', column => column.notNull())
      .addColumn('summary', 'text', column => column.notNull())
      .execute()
  },
}
