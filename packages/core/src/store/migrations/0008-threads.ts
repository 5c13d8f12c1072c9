import { withId } from '../columns.ts'
import type { Migration } from '../migrate.ts'

/** Side threads of chat sessions. */
export const threads: Migration = {
  name: '0008-threads',
  async up(db, dialect) {
    await withId(db.schema.createTable('webchat_threads'), dialect)
      .addColumn('thread_id', 'text', column => column.notNull().unique())
      .addColumn('creator', 'text', column => column.notNull())
      .addColumn('api_key_id', 'text')
      .addColumn('parent_session_id', 'text', column => column.notNull())
      .addColumn('parent_message_id', 'bigint', column => column.notNull())
      .addColumn('base_checkpoint_id', 'text', column => column.notNull())
      .addColumn('selected_text', 'text', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .execute()
    await db.schema
      .createIndex('webchat_threads_parent')
      .on('webchat_threads')
      .columns(['parent_session_id', 'parent_message_id'])
      .execute()
  },
}
