import { withId } from '../columns.ts'
import type { Migration } from '../migrate.ts'

/** Attachments, and the messages that refer to them. */
export const files: Migration = {
  name: '0006-files',
  async up(db, dialect) {
    await withId(db.schema.createTable('attachments'), dialect)
      .addColumn('attachment_id', 'text', column => column.notNull().unique())
      .addColumn('stored_name', 'text', column => column.notNull().unique())
      .addColumn('filename', 'text', column => column.notNull())
      .addColumn('type', 'text', column => column.notNull())
      .addColumn('mime_type', 'text', column => column.notNull())
      .addColumn('size', 'bigint', column => column.notNull())
      .addColumn('owner', 'text', column => column.notNull())
      .addColumn('api_key_id', 'text')
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .execute()
    await db.schema.createIndex('attachments_filename').on('attachments').columns(['filename', 'id']).execute()

    await db.schema
      .createTable('message_attachments')
      .addColumn('message_id', 'bigint', column =>
        column.notNull().references('platform_message_history.id').onDelete('cascade'),
      )
      .addColumn('attachment_id', 'text', column =>
        column.notNull().references('attachments.attachment_id').onDelete('cascade'),
      )
      .addPrimaryKeyConstraint('message_attachments_key', ['message_id', 'attachment_id'])
      .execute()
    await db.schema
      .createIndex('message_attachments_attachment')
      .on('message_attachments')
      .column('attachment_id')
      .execute()
  },
}
