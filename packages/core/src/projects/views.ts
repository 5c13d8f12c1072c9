import type { Schemas } from '@astrbot/contract'
import { isoTime } from '../time.ts'
import { sharedWorkspace } from './roots.ts'
import type { ProjectRow } from './store.ts'

/** A project as the contract shows it. */
export async function projectView(dataDir: string, row: ProjectRow): Promise<Schemas['ChatProject']> {
  return {
    project_id: row.project_id,
    title: row.title,
    emoji: row.emoji,
    description: row.description,
    workspace_type: row.workspace_type,
    workspace_path: row.workspace_path,
    resolved_workspace_path: await sharedWorkspace(dataDir, row),
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  }
}
