import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/index.ts'
import { beginsWith } from '../store/text-sql.ts'
import type { OriginNames } from './umo-info.ts'

type Db = Kysely<Database>

const mostParameters = 500

/** The names of some origins, by origin. */
export async function namesOf(db: Db, umos: readonly string[]): Promise<Map<string, OriginNames>> {
  const found = new Map<string, OriginNames>()
  for (let i = 0; i < umos.length; i += mostParameters) {
    const rows = await db
      .selectFrom('umo_aliases')
      .select(['umo', 'creator_sender_id', 'auto_name', 'user_alias'])
      .where('umo', 'in', umos.slice(i, i + mostParameters))
      .execute()
    for (const row of rows) found.set(row.umo, row)
  }
  return found
}

/** Writes the platform's name of an origin, unless it is written already. */
export async function upsertAutoName(db: Db, umo: string, sender: string, name: string, now: number): Promise<void> {
  await db
    .insertInto('umo_aliases')
    .values({ umo, creator_sender_id: sender, auto_name: name, user_alias: null, created_at: now, updated_at: now })
    .onConflict(conflict =>
      conflict
        .column('umo')
        .doUpdateSet({ auto_name: name, updated_at: now })
        .where('umo_aliases.auto_name', 'is distinct from', name),
    )
    .execute()
}

/** Writes a user's name for an origin; null takes it away. */
export async function upsertAlias(
  db: Db,
  umo: string,
  sender: string,
  alias: string | null,
  now: number,
): Promise<void> {
  await db
    .insertInto('umo_aliases')
    .values({ umo, creator_sender_id: sender, auto_name: null, user_alias: alias, created_at: now, updated_at: now })
    .onConflict(conflict => conflict.column('umo').doUpdateSet({ user_alias: alias, updated_at: now }))
    .execute()
}

export async function deleteNames(db: Db, umo: string): Promise<void> {
  await db.deleteFrom('umo_aliases').where('umo', '=', umo).execute()
}

/** Moves names from origins that begin with `from` to the same ones beginning with `to`. */
export async function renameOrigins(db: Db, from: string, to: string): Promise<void> {
  await db
    .updateTable('umo_aliases')
    .set({ umo: sql<string>`${to} || substr(umo, ${sql.lit(from.length + 1)})` })
    .where(beginsWith('umo', from))
    .execute()
}
