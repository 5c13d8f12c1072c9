import type { Clock } from '../clock.ts'
import type { Json } from '../json.ts'
import { fromJsonColumn, type Store, toJsonColumn } from '../store/index.ts'

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
  /** True when there was something to delete. */
  delete(scope: PreferenceScope, key: string): Promise<boolean>
  /** Every value of one scope by its key. */
  list(scope: PreferenceScope): Promise<Map<string, Json>>
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
  }
}
