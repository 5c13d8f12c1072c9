import type { ChatCaller } from '../chat/index.ts'
import { AstrBotError } from '../errors.ts'
import { usableFolder } from './custom-folder.ts'
import type { ProjectRow } from './store.ts'

/** What a request says of a workspace; null is as good as nothing. */
export interface WorkspaceRequest {
  workspace_type?: string | null
  workspace_path?: string | null
}

export type WorkspaceChoice = Pick<ProjectRow, 'workspace_type' | 'workspace_path'>

/**
 * The workspace that a request makes of the one there is; undefined when it says nothing of it. A path means something with `custom` alone, which is not for
 * keys: the folders of the server are no business of theirs.
 * @throws custom_workspace_forbidden, and what `usableFolder` throws
 */
export async function chooseWorkspace(
  dataDir: string,
  caller: ChatCaller,
  { workspace_type, workspace_path }: WorkspaceRequest,
  present: WorkspaceChoice,
): Promise<WorkspaceChoice | undefined> {
  const type = typeof workspace_type === 'string' ? typeOf(workspace_type) : present.workspace_type
  const path = workspace_path?.trim() ? workspace_path : undefined
  if (typeof workspace_type !== 'string' && path === undefined) return undefined
  if (caller.apiKeyId !== null && (type === 'custom' || path !== undefined))
    throw new AstrBotError('custom_workspace_forbidden')
  if (type !== 'custom') return { workspace_type: type, workspace_path: null }
  if (path === undefined && present.workspace_path !== null) return present
  return { workspace_type: type, workspace_path: await usableFolder(dataDir, path) }
}

function typeOf(word: string): ProjectRow['workspace_type'] {
  const type = word.trim().toLowerCase()
  return type === 'project' || type === 'custom' ? type : 'session'
}
