import type { Insertable, Kysely, Selectable, Updateable } from 'kysely'
import type { Database } from '../store/index.ts'
import type { ChatProjectTable } from './table.ts'

type Db = Kysely<Database>

/** A stored project. Times are epoch milliseconds. */
export type ProjectRow = Selectable<ChatProjectTable>

/** Whose projects: those of a user, those a key has made, or those a key has made for a user. */
export interface ProjectFilter {
  creator?: string | undefined
  apiKeyId?: string | undefined
}

export async function insertProject(db: Db, row: Insertable<ChatProjectTable>): Promise<ProjectRow> {
  return db.insertInto('chat_projects').values(row).returningAll().executeTakeFirstOrThrow()
}

export async function findProject(db: Db, projectId: string): Promise<ProjectRow | undefined> {
  return db.selectFrom('chat_projects').selectAll().where('project_id', '=', projectId).executeTakeFirst()
}

/** Reads a project that nobody else can change or delete until the transaction ends. */
export async function holdProject(db: Db, projectId: string): Promise<ProjectRow | undefined> {
  return db
    .updateTable('chat_projects')
    .set(({ ref }) => ({ title: ref('title') }))
    .where('project_id', '=', projectId)
    .returningAll()
    .executeTakeFirst()
}

/** The project changed last comes first. */
export async function listProjects(db: Db, { creator, apiKeyId }: ProjectFilter, limit: number): Promise<ProjectRow[]> {
  return db
    .selectFrom('chat_projects')
    .selectAll()
    .$if(creator !== undefined, query => query.where('creator', '=', creator ?? ''))
    .$if(apiKeyId !== undefined, query => query.where('api_key_id', '=', apiKeyId ?? ''))
    .orderBy('updated_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** False when there is no such project any more. */
export async function updateProject(
  db: Db,
  projectId: string,
  changes: Updateable<ChatProjectTable>,
): Promise<boolean> {
  const result = await db
    .updateTable('chat_projects')
    .set(changes)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Its sessions stay; the database takes them out. */
export async function deleteProject(db: Db, projectId: string): Promise<void> {
  await db.deleteFrom('chat_projects').where('project_id', '=', projectId).execute()
}

export async function renameCreator(db: Db, from: string, to: string): Promise<void> {
  await db.updateTable('chat_projects').set({ creator: to }).where('creator', '=', from).execute()
}
