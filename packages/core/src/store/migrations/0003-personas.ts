import { withId } from '../columns.ts'
import type { Migration } from '../migrate.ts'

/** Personas and the folders they lie in. What lay in a deleted folder lies at the root. */
export const personas: Migration = {
  name: '0003-personas',
  async up(db, dialect) {
    await withId(db.schema.createTable('persona_folders'), dialect)
      .addColumn('folder_id', 'text', column => column.notNull().unique())
      .addColumn('name', 'text', column => column.notNull())
      .addColumn('parent_id', 'text', column => column.references('persona_folders.folder_id').onDelete('set null'))
      .addColumn('description', 'text')
      .addColumn('sort_order', 'bigint', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .execute()
    await db.schema.createIndex('persona_folders_parent').on('persona_folders').column('parent_id').execute()

    await withId(db.schema.createTable('personas'), dialect)
      .addColumn('persona_id', 'text', column => column.notNull().unique())
      .addColumn('system_prompt', 'text', column => column.notNull())
      .addColumn('begin_dialogs', 'text', column => column.notNull())
      .addColumn('tools', 'text')
      .addColumn('skills', 'text')
      .addColumn('custom_error_message', 'text')
      .addColumn('folder_id', 'text', column => column.references('persona_folders.folder_id').onDelete('set null'))
      .addColumn('sort_order', 'bigint', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .execute()
    await db.schema.createIndex('personas_folder').on('personas').column('folder_id').execute()
  },
}
