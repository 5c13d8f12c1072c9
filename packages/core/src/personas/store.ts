import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from 'kysely'
import type { Database, Dialect } from '../store/index.ts'
import type { PersonaFolderTable, PersonaTable } from './table.ts'

type Db = Kysely<Database>

export type PersonaRow = Selectable<PersonaTable>
export type FolderRow = Selectable<PersonaFolderTable>

/** Holds every other change of the folders back until the transaction ends. SQLite's transactions do so by themselves. */
export async function lockFolders(transaction: Db, dialect: Dialect): Promise<void> {
  if (dialect === 'postgres') await sql`lock table persona_folders in share row exclusive mode`.execute(transaction)
}

/** All personas in the order of their creation, or those of one folder (null is the root). */
export async function selectPersonas(db: Db, folderId?: string | null): Promise<PersonaRow[]> {
  let query = db.selectFrom('personas').selectAll()
  if (folderId !== undefined) query = query.where('folder_id', folderId === null ? 'is' : '=', folderId)
  return query.orderBy('id').execute()
}

export async function findPersona(db: Db, personaId: string): Promise<PersonaRow | undefined> {
  return db.selectFrom('personas').selectAll().where('persona_id', '=', personaId).executeTakeFirst()
}

/** The new persona, or undefined when its id is taken. */
export async function insertPersona(db: Db, row: Insertable<PersonaTable>): Promise<PersonaRow | undefined> {
  return db
    .insertInto('personas')
    .values(row)
    .onConflict(conflict => conflict.column('persona_id').doNothing())
    .returningAll()
    .executeTakeFirst()
}

/** False when there is no such persona. */
export async function updatePersona(db: Db, personaId: string, changes: Updateable<PersonaTable>): Promise<boolean> {
  const result = await db.updateTable('personas').set(changes).where('persona_id', '=', personaId).executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** False when there is no such persona. */
export async function deletePersona(db: Db, personaId: string): Promise<boolean> {
  const result = await db.deleteFrom('personas').where('persona_id', '=', personaId).executeTakeFirst()
  return result.numDeletedRows > 0n
}

export async function selectFolders(db: Db): Promise<FolderRow[]> {
  return db.selectFrom('persona_folders').selectAll().orderBy('id').execute()
}

/** The folders directly inside one folder (null is the root). */
export async function selectChildFolders(db: Db, parentId: string | null): Promise<FolderRow[]> {
  return db
    .selectFrom('persona_folders')
    .selectAll()
    .where('parent_id', parentId === null ? 'is' : '=', parentId)
    .execute()
}

export async function findFolder(db: Db, folderId: string): Promise<FolderRow | undefined> {
  return db.selectFrom('persona_folders').selectAll().where('folder_id', '=', folderId).executeTakeFirst()
}

export async function insertFolder(db: Db, row: Insertable<PersonaFolderTable>): Promise<FolderRow> {
  return db.insertInto('persona_folders').values(row).returningAll().executeTakeFirstOrThrow()
}

/** False when there is no such folder. */
export async function updateFolder(
  db: Db,
  folderId: string,
  changes: Updateable<PersonaFolderTable>,
): Promise<boolean> {
  const result = await db
    .updateTable('persona_folders')
    .set(changes)
    .where('folder_id', '=', folderId)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** False when there is no such folder. What lies in it moves to the root: so the foreign keys say. */
export async function deleteFolder(db: Db, folderId: string): Promise<boolean> {
  const result = await db.deleteFrom('persona_folders').where('folder_id', '=', folderId).executeTakeFirst()
  return result.numDeletedRows > 0n
}
