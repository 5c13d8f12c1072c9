import type { Generated } from 'kysely'

/** Settings that are neither configuration nor data of one domain: one JSON value per scope, scope id and key. */
export interface PreferenceTable {
  id: Generated<number>
  scope: string
  scope_id: string
  key: string
  /** JSON. */
  value: string
  created_at: number
  updated_at: number
}
