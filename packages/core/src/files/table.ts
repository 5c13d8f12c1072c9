import type { Generated } from 'kysely'

/** A stored file that messages can refer to. Its bytes are `<data>/attachments/<stored_name>`. */
export interface AttachmentTable {
  id: Generated<number>
  attachment_id: string
  /** Unique, on disk and here. */
  stored_name: string
  /** The name to show. */
  filename: string
  type: 'image' | 'record' | 'video' | 'file'
  mime_type: string
  /** Bytes. */
  size: number
  /** The user it belongs to, `api_key:<key id>` for what a key uploaded. */
  owner: string
  /** The key it belongs to; null for the dashboard's. */
  api_key_id: string | null
  created_at: number
  updated_at: number
}

/** Which messages refer to which attachments. Goes with either of them. */
export interface MessageAttachmentTable {
  message_id: number
  attachment_id: string
}
