import type { Schemas } from '@astrbot/contract'
import type { Kysely } from 'kysely'
import type { Clock } from '../clock.ts'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Database, Store } from '../store/index.ts'
import {
  deleteFolder,
  findFolder,
  insertFolder,
  lockFolders,
  selectChildFolders,
  selectFolders,
  updateFolder,
} from './store.ts'
import { folderTree, folderView, type PersonaFolder, type PersonaFolderNode, sorted } from './views.ts'

/** The folders personas lie in. Null is the root. */
export interface PersonaFolders {
  /** All folders, nested. */
  tree(): Promise<PersonaFolderNode[]>
  /** The folders directly inside one. */
  list(parentId: string | null): Promise<PersonaFolder[]>
  /** @throws invalid_folder */
  create(request: Schemas['PersonaFolderRequest']): Promise<PersonaFolder>
  /** Changes what is named; a parent moves the folder with everything in it. @throws persona_folder_not_found, invalid_folder */
  update(folderId: string, request: Schemas['PersonaFolderUpdateRequest']): Promise<void>
  /** Deletes a folder; what lies directly inside moves to the root. @throws persona_folder_not_found */
  delete(folderId: string): Promise<void>
}

export function createPersonaFolders({ db, dialect }: Store, clock: Clock, ids: Ids): PersonaFolders {
  return {
    tree: async () => folderTree(await selectFolders(db)),

    list: async parentId => sorted(await selectChildFolders(db, parentId), row => row.name).map(folderView),

    create({ name, parent_id, description, sort_order }) {
      const now = clock.now()
      return db.transaction().execute(async transaction => {
        await lockFolders(transaction, dialect)
        const row = await insertFolder(transaction, {
          folder_id: ids.uuid(),
          name: name.trim(),
          parent_id: await existingFolder(transaction, parent_id),
          description: description ?? null,
          sort_order: sort_order ?? 0,
          created_at: now,
          updated_at: now,
        })
        return folderView(row)
      })
    },

    async update(folderId, { name, parent_id, description, sort_order }) {
      await db.transaction().execute(async transaction => {
        await lockFolders(transaction, dialect)
        if (!(await findFolder(transaction, folderId))) throw new AstrBotError('persona_folder_not_found')
        const moved = parent_id !== undefined
        const parent = moved ? await existingFolder(transaction, parent_id) : null
        if (moved) await refuseInside(transaction, folderId, parent)
        await updateFolder(transaction, folderId, {
          ...(typeof name === 'string' && { name: name.trim() }),
          ...(moved && { parent_id: parent }),
          ...(description !== undefined && { description }),
          ...(typeof sort_order === 'number' && { sort_order }),
          updated_at: clock.now(),
        })
      })
    },

    async delete(folderId) {
      if (!(await deleteFolder(db, folderId))) throw new AstrBotError('persona_folder_not_found')
    },
  }
}

/** The folder a request means: none and blank are the root. @throws invalid_folder */
export async function existingFolder(
  db: Kysely<Database>,
  folderId: string | null | undefined,
): Promise<string | null> {
  if (!folderId) return null
  if (!(await findFolder(db, folderId))) throw new AstrBotError('invalid_folder')
  return folderId
}

async function refuseInside(db: Kysely<Database>, folderId: string, parentId: string | null): Promise<void> {
  for (let above = parentId; above !== null; above = (await findFolder(db, above))?.parent_id ?? null) {
    if (above === folderId) throw new AstrBotError('invalid_folder')
  }
}
