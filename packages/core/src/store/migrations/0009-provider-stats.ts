import { withId } from '../columns.ts'
import type { Migration } from '../migrate.ts'

/** What answering costs, one row for each time the agent ran. */
export const providerStats: Migration = {
  name: '0009-provider-stats',
  async up(db, dialect) {
    await withId(db.schema.createTable('provider_stats'), dialect)
      .addColumn('agent_type', 'text', column => column.notNull())
      .addColumn('status', 'text', column => column.notNull())
      .addColumn('umo', 'text', column => column.notNull())
      .addColumn('conversation_id', 'text', column => column.notNull())
      .addColumn('provider_id', 'text', column => column.notNull())
      .addColumn('provider_model', 'text', column => column.notNull())
      .addColumn('token_input_other', 'bigint', column => column.notNull())
      .addColumn('token_input_cached', 'bigint', column => column.notNull())
      .addColumn('token_output', 'bigint', column => column.notNull())
      .addColumn('start_time', 'bigint', column => column.notNull())
      .addColumn('end_time', 'bigint', column => column.notNull())
      .addColumn('time_to_first_token', 'bigint', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .execute()
    await db.schema.createIndex('provider_stats_conversation').on('provider_stats').column('conversation_id').execute()
    await db.schema.createIndex('provider_stats_time').on('provider_stats').column('created_at').execute()
  },
}
