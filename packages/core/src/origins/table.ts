import type { Generated } from 'kysely'

/** The names of a message origin (UMO). */
export interface UmoAliasTable {
  id: Generated<number>
  umo: string
  /** Who first named it. */
  creator_sender_id: string
  /** As the platform told it: the group's or the person's name. */
  auto_name: string | null
  /** Given by a user. */
  user_alias: string | null
  created_at: number
  updated_at: number
}
