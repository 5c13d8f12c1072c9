import { type Kysely, sql } from 'kysely'
import type { Clock } from '../clock.ts'
import type { Json } from '../json.ts'
import { type Database, fromJsonColumn, type Store, toJsonColumn } from '../store/index.ts'

/** Whose preference: the whole program (`global`), a plugin, a UMO. */
export interface PreferenceScope {
  scope: string
  scopeId: string
}

export const globalScope: PreferenceScope = { scope: 'global', scopeId: 'global' }

/** Reads and writes preferences: JSON values by scope and key. */
export interface Preferences {
  /** The value, or undefined when none is stored. */
  get(scope: PreferenceScope, key: string): Promise<Json | undefined>
  set(scope: PreferenceScope, key: string, value: Json): Promise<void>
  /**
   * Replaces a value by what `change` makes of it (undefined when none is stored), in one step: nobody's change in
   * between is lost.
   */
  change(scope: PreferenceScope, key: string, change: (value: Json | undefined) => Json): Promise<void>
  /** True when there was something to delete. */
  delete(scope: PreferenceScope, key: string): Promise<boolean>
  /** Every value of one scope by its key. */
  list(scope: PreferenceScope): Promise<Map<string, Json>>
  /** Deletes every value of one scope, or those with some keys. */
  deleteAll(scope: PreferenceScope, keys?: readonly string[]): Promise<void>
  /**
   * Replaces values in every scope id of a scope by what `change` makes of them: undefined leaves a value as it is, null
   * deletes it. Answers how many were touched.
   */
  changeEverywhere(scope: string, keys: readonly string[], change: (value: Json) => Json | undefined): Promise<number>
  /** The same preferences inside a transaction. */
  within(transaction: Kysely<Database>): Preferences
  /** Moves the values of scope ids that begin with `from` to the same ids beginning with `to`. */
  renameScopeIds(scope: string, from: string, to: string): Promise<void>
}

export function createPreferences({ db }: Pick<Store, 'db'>, clock: Clock): Preferences {
  return {
    async get({ scope, scopeId }, key) {
      const row = await db
        .selectFrom('preferences')
        .select('value')
        .where('scope', '=', scope)
        .where('scope_id', '=', scopeId)
        .where('key', '=', key)
        .executeTakeFirst()
      return row && fromJsonColumn(row.value)
    },
    async set({ scope, scopeId }, key, value) {
      const now = clock.now()
      const text = toJsonColumn(value)
      await db
        .insertInto('preferences')
        .values({ scope, scope_id: scopeId, key, value: text, created_at: now, updated_at: now })
        .onConflict(conflict =>
          conflict.columns(['scope', 'scope_id', 'key']).doUpdateSet({ value: text, updated_at: now }),
        )
        .execute()
    },
    async change({ scope, scopeId }, key, change) {
      const now = clock.now()
      const where = { scope, scope_id: scopeId, key }
      const apply = async (transaction: Kysely<Database>) => {
        // Writing first locks the row, on PostgreSQL too and even when it is new.
        const { id, value } = await transaction
          .insertInto('preferences')
          .values({ ...where, value: '', created_at: now, updated_at: now })
          .onConflict(conflict => conflict.columns(['scope', 'scope_id', 'key']).doUpdateSet({ updated_at: now }))
          .returning(['id', 'value'])
          .executeTakeFirstOrThrow()
        const changed = toJsonColumn(change(value === '' ? undefined : fromJsonColumn(value)))
        await transaction.updateTable('preferences').set({ value: changed }).where('id', '=', id).execute()
      }
      await (db.isTransaction ? apply(db) : db.transaction().execute(apply))
    },
    async delete({ scope, scopeId }, key) {
      const result = await db
        .deleteFrom('preferences')
        .where('scope', '=', scope)
        .where('scope_id', '=', scopeId)
        .where('key', '=', key)
        .executeTakeFirst()
      return result.numDeletedRows > 0n
    },
    async list({ scope, scopeId }) {
      const rows = await db
        .selectFrom('preferences')
        .select(['key', 'value'])
        .where('scope', '=', scope)
        .where('scope_id', '=', scopeId)
        .orderBy('id')
        .execute()
      return new Map(rows.map(row => [row.key, fromJsonColumn(row.value)]))
    },

    async deleteAll({ scope, scopeId }, keys) {
      let query = db.deleteFrom('preferences').where('scope', '=', scope).where('scope_id', '=', scopeId)
      if (keys) query = query.where('key', 'in', keys)
      await query.execute()
    },
    async changeEverywhere(scope, keys, change) {
      const apply = async (transaction: Kysely<Database>) => {
        const rows = await transaction
          .selectFrom('preferences')
          .select(['id', 'value'])
          .where('scope', '=', scope)
          .where('key', 'in', keys)
          .execute()
        let count = 0
        for (const row of rows) {
          const next = change(fromJsonColumn(row.value))
          if (next === undefined) continue
          count++
          if (next === null) await transaction.deleteFrom('preferences').where('id', '=', row.id).execute()
          else {
            const changed = { value: toJsonColumn(next), updated_at: clock.now() }
            await transaction.updateTable('preferences').set(changed).where('id', '=', row.id).execute()
          }
        }
        return count
      }
      return await (db.isTransaction ? apply(db) : db.transaction().execute(apply))
    },
    within: transaction => createPreferences({ db: transaction }, clock),

    async renameScopeIds(scope, from, to) {
      await db
        .updateTable('preferences')
        .set({ scope_id: sql<string>`${to} || substr(scope_id, ${sql.lit(from.length + 1)})` })
        .where('scope', '=', scope)
        .where(sql<string>`substr(scope_id, 1, ${sql.lit(from.length)})`, '=', from)
        .execute()
    },
  }
}
