import type { Generated } from 'kysely'

/** A project. Which sessions are in it stands with the sessions. `api_key_id` names the key that made it. */
export interface ChatProjectTable {
  id: Generated<number>
  project_id: string
  creator: string
  api_key_id: string | null
  title: string
  emoji: string | null
  description: string | null
  workspace_type: 'session' | 'project' | 'custom'
  /** As it was given; only of `custom`. */
  workspace_path: string | null
  created_at: number
  updated_at: number
}
