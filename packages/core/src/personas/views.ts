import type { Schemas } from '@astrbot/contract'
import { isoTime } from '../time.ts'
import type { FolderRow, PersonaRow } from './store.ts'

export type Persona = Schemas['Persona']
export type PersonaFolder = Schemas['PersonaFolder']
export type PersonaFolderNode = Schemas['PersonaFolderNode']

/** A persona as the contract shows it. */
export function personaView(row: PersonaRow): Persona {
  return {
    persona_id: row.persona_id,
    system_prompt: row.system_prompt,
    begin_dialogs: names(row.begin_dialogs) ?? [],
    tools: names(row.tools),
    skills: names(row.skills),
    custom_error_message: row.custom_error_message,
    folder_id: row.folder_id,
    sort_order: row.sort_order,
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  }
}

/** A folder as the contract shows it. */
export function folderView(row: FolderRow): PersonaFolder {
  return {
    folder_id: row.folder_id,
    name: row.name,
    parent_id: row.parent_id,
    description: row.description,
    sort_order: row.sort_order,
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  }
}

/** Folders nested, every level in its order. */
export function folderTree(rows: readonly FolderRow[]): PersonaFolderNode[] {
  const byParent = Map.groupBy(
    sorted(rows, row => row.name),
    row => row.parent_id,
  )
  const below = (parentId: string | null): PersonaFolderNode[] =>
    (byParent.get(parentId) ?? []).map(({ folder_id, name, parent_id, description, sort_order }) => ({
      folder_id,
      name,
      parent_id,
      description,
      sort_order,
      children: below(folder_id),
    }))
  return below(null)
}

/** Neighbours in their order: by `sort_order`, then by text. */
export function sorted<R extends { sort_order: number }>(rows: readonly R[], text: (row: R) => string): R[] {
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return rows.toSorted((a, b) => a.sort_order - b.sort_order || compare(text(a), text(b)))
}

function names(json: string | null): string[] | null {
  return json === null ? null : (JSON.parse(json) as string[])
}
