import { withId } from '../columns.ts'
import type { Migration } from '../migrate.ts'

/** API keys, trusted devices of the dashboard, and preferences. */
export const access: Migration = {
  name: '0001-access',
  async up(db, dialect) {
    await withId(db.schema.createTable('api_keys'), dialect)
      .addColumn('key_id', 'text', column => column.notNull().unique())
      .addColumn('name', 'text', column => column.notNull())
      .addColumn('key_hash', 'text', column => column.notNull().unique())
      .addColumn('hash_kind', 'text', column => column.notNull())
      .addColumn('key_prefix', 'text', column => column.notNull())
      .addColumn('scopes', 'text')
      .addColumn('created_by', 'text', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .addColumn('last_used_at', 'bigint')
      .addColumn('expires_at', 'bigint')
      .addColumn('revoked_at', 'bigint')
      .execute()
    await db.schema.createIndex('api_keys_prefix').on('api_keys').columns(['key_prefix', 'hash_kind']).execute()

    await withId(db.schema.createTable('dashboard_trusted_devices'), dialect)
      .addColumn('token_hash', 'text', column => column.notNull().unique())
      .addColumn('totp_secret_hash', 'text', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .addColumn('expires_at', 'bigint', column => column.notNull())
      .execute()

    await withId(db.schema.createTable('preferences'), dialect)
      .addColumn('scope', 'text', column => column.notNull())
      .addColumn('scope_id', 'text', column => column.notNull())
      .addColumn('key', 'text', column => column.notNull())
      .addColumn('value', 'text', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .addUniqueConstraint('preferences_key', ['scope', 'scope_id', 'key'])
      .execute()
  },
}
