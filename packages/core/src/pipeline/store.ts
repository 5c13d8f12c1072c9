import type { Kysely } from 'kysely'
import type { Database, Store } from '../store/index.ts'
import { contains } from '../store/text-sql.ts'

type Db = Kysely<Database>

/** A message of a group as it is kept. */
export interface GroupLine {
  id: number
  sender_id: string | null
  sender_name: string | null
  content: string
  created_at: number
}

export interface NewGroupLine extends Omit<GroupLine, 'id'> {
  platformId: string
  umo: string
}

/** Keeps a message of a group, and only so many of the newest ones. */
export async function insertGroupLine(db: Db, { platformId, umo, ...row }: NewGroupLine, most: number): Promise<void> {
  await db.transaction().execute(async transaction => {
    const { created_at } = row
    await transaction
      .insertInto('platform_message_history')
      .values({ ...row, platform_id: platformId, user_id: umo, llm_checkpoint_id: null, updated_at: created_at })
      .execute()
    const oldest = await transaction
      .selectFrom('platform_message_history')
      .select('id')
      .where('user_id', '=', umo)
      .orderBy('id', 'desc')
      .offset(most)
      .limit(1)
      .executeTakeFirst()
    if (!oldest) return
    await transaction
      .deleteFrom('platform_message_history')
      .where('user_id', '=', umo)
      .where('id', '<=', oldest.id)
      .execute()
  })
}

export interface GroupLineFilter {
  /** Only older ones. */
  before?: number | undefined
  keyword?: string | undefined
  /** The id or the name of who wrote. */
  sender?: string | undefined
}

/** Messages of a group, newest first. */
export async function groupLines(
  { db, dialect }: Pick<Store, 'db' | 'dialect'>,
  umo: string,
  filter: GroupLineFilter,
  limit: number,
): Promise<GroupLine[]> {
  let query = db
    .selectFrom('platform_message_history')
    .select(['id', 'sender_id', 'sender_name', 'content', 'created_at'])
    .where('user_id', '=', umo)
  const { before, keyword, sender } = filter
  if (before !== undefined) query = query.where('id', '<', before)
  if (keyword) query = query.where(contains(dialect, 'content', keyword))
  if (sender) query = query.where(eb => eb.or([eb('sender_id', '=', sender), eb('sender_name', '=', sender)]))
  return query.orderBy('id', 'desc').limit(limit).execute()
}
