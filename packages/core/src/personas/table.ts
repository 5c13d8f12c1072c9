import type { Generated } from 'kysely'

/** A character the bot can play. Lists are JSON; null in `tools` and `skills` means all. */
export interface PersonaTable {
  id: Generated<number>
  persona_id: string
  system_prompt: string
  begin_dialogs: string
  tools: string | null
  skills: string | null
  custom_error_message: string | null
  folder_id: string | null
  sort_order: number
  created_at: number
  updated_at: number
}

/** A folder of personas and folders; at the root when `parent_id` is null. */
export interface PersonaFolderTable {
  id: Generated<number>
  folder_id: string
  name: string
  parent_id: string | null
  description: string | null
  sort_order: number
  created_at: number
  updated_at: number
}
