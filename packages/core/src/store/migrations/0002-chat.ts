import type { Kysely } from 'kysely'
import { withId } from '../columns.ts'
import type { Dialect } from '../database.ts'
import type { Migration } from '../migrate.ts'

/** Sessions, what is shown of them, what the model remembers, and the runs that answer. */
export const chat: Migration = {
  name: '0002-chat',
  async up(db: Kysely<unknown>, dialect: Dialect) {
    await withId(db.schema.createTable('platform_sessions'), dialect)
      .addColumn('session_id', 'text', column => column.notNull().unique())
      .addColumn('platform_id', 'text', column => column.notNull())
      .addColumn('creator', 'text', column => column.notNull())
      .addColumn('api_key_id', 'text')
      .addColumn('display_name', 'text')
      .addColumn('is_group', 'integer', column => column.notNull().defaultTo(0))
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .execute()
    await db.schema
      .createIndex('platform_sessions_creator')
      .on('platform_sessions')
      .columns(['creator', 'updated_at', 'id'])
      .execute()

    await withId(db.schema.createTable('platform_message_history'), dialect)
      .addColumn('platform_id', 'text', column => column.notNull())
      .addColumn('user_id', 'text', column => column.notNull())
      .addColumn('sender_id', 'text')
      .addColumn('sender_name', 'text')
      .addColumn('content', 'text', column => column.notNull())
      .addColumn('llm_checkpoint_id', 'text')
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .execute()
    await db.schema
      .createIndex('platform_message_history_user')
      .on('platform_message_history')
      .columns(['user_id', 'id'])
      .execute()

    await withId(db.schema.createTable('conversations'), dialect)
      .addColumn('conversation_id', 'text', column => column.notNull().unique())
      .addColumn('umo', 'text', column => column.notNull())
      .addColumn('platform_id', 'text', column => column.notNull())
      .addColumn('title', 'text')
      .addColumn('persona_id', 'text')
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .execute()
    await db.schema.createIndex('conversations_umo').on('conversations').column('umo').execute()

    await withId(db.schema.createTable('conversation_messages'), dialect)
      .addColumn('conversation_id', 'text', column =>
        column.notNull().references('conversations.conversation_id').onDelete('cascade'),
      )
      .addColumn('checkpoint_id', 'text')
      .addColumn('message', 'text', column => column.notNull())
      .execute()
    await db.schema
      .createIndex('conversation_messages_conversation')
      .on('conversation_messages')
      .columns(['conversation_id', 'id'])
      .execute()

    await db.schema
      .createTable('chat_runs')
      .addColumn('run_id', 'text', column => column.primaryKey())
      .addColumn('session_id', 'text', column => column.notNull())
      .addColumn('umo', 'text', column => column.notNull())
      .addColumn('username', 'text', column => column.notNull())
      .addColumn('api_key_id', 'text')
      .addColumn('llm_checkpoint_id', 'text', column => column.notNull())
      .addColumn('status', 'text', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('finished_at', 'bigint')
      .execute()
    await db.schema.createIndex('chat_runs_status').on('chat_runs').columns(['status', 'finished_at']).execute()
    await db.schema.createIndex('chat_runs_session').on('chat_runs').column('session_id').execute()

    await db.schema
      .createTable('chat_run_events')
      .addColumn('run_id', 'text', column => column.notNull().references('chat_runs.run_id').onDelete('cascade'))
      .addColumn('first_seq', 'integer', column => column.notNull())
      .addColumn('events', 'text', column => column.notNull())
      .addPrimaryKeyConstraint('chat_run_events_key', ['run_id', 'first_seq'])
      .execute()
  },
}
