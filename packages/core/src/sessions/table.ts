import type { Generated } from 'kysely'

/** A named list of sessions. */
export interface SessionGroupTable {
  id: Generated<number>
  group_id: string
  name: string
  created_at: number
}

/** A session in a group; `id` gives the order. The session need not exist. */
export interface SessionGroupMemberTable {
  id: Generated<number>
  group_id: string
  umo: string
}
