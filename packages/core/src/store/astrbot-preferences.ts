import { existsSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { isJsonObject, type Json } from '../json.ts'
import { fromJsonColumn } from './json.ts'

/**
 * Reads preferences of the whole program from the database that AstrBot keeps in a data folder, which stays as it is.
 * @returns the values by key; those that are not there are left out
 * @throws Error when there is such a database and it cannot be read
 */
export function readAstrBotPreferences(dataDir: string, keys: readonly string[]): Map<string, Json> {
  const found = new Map<string, Json>()
  const file = join(dataDir, 'data_v4.db')
  if (keys.length === 0 || !existsSync(file)) return found
  const database = new BetterSqlite(file, { readonly: true, timeout: 5000 })
  try {
    if (!database.prepare("select 1 from sqlite_master where type = 'table' and name = 'preferences'").get())
      return found
    const read = database.prepare<[string], { value: string }>(
      "select value from preferences where scope = 'global' and scope_id = 'global' and key = ?",
    )
    for (const key of keys) {
      const row = read.get(key)
      const stored = row && fromJsonColumn(row.value)
      // It wraps every value, so that texts and numbers have room, too.
      if (isJsonObject(stored) && stored.val !== undefined) found.set(key, stored.val)
    }
    return found
  } finally {
    database.close()
  }
}
