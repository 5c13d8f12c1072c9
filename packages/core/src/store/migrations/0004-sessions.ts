import { withId } from '../columns.ts'
import type { Migration } from '../migrate.ts'

/** Names of origins, groups of sessions, and what listing conversations needs. */
export const sessions: Migration = {
  name: '0004-sessions',
  async up(db, dialect) {
    await withId(db.schema.createTable('umo_aliases'), dialect)
      .addColumn('umo', 'text', column => column.notNull().unique())
      .addColumn('creator_sender_id', 'text', column => column.notNull())
      .addColumn('auto_name', 'text')
      .addColumn('user_alias', 'text')
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .execute()

    await withId(db.schema.createTable('session_groups'), dialect)
      .addColumn('group_id', 'text', column => column.notNull().unique())
      .addColumn('name', 'text', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .execute()
    await withId(db.schema.createTable('session_group_members'), dialect)
      .addColumn('group_id', 'text', column =>
        column.notNull().references('session_groups.group_id').onDelete('cascade'),
      )
      .addColumn('umo', 'text', column => column.notNull())
      .addUniqueConstraint('session_group_members_key', ['group_id', 'umo'])
      .execute()
    await db.schema.createIndex('session_group_members_umo').on('session_group_members').column('umo').execute()

    await db.schema
      .alterTable('conversations')
      .addColumn('token_usage', 'bigint', column => column.notNull().defaultTo(0))
      .execute()
    await db.schema.createIndex('conversations_created').on('conversations').columns(['created_at', 'id']).execute()
  },
}
