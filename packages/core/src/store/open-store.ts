import { Kysely, sql } from 'kysely'
import { type Clock, systemClock } from '../clock.ts'
import type { Database, Dialect, Store } from './database.ts'
import { type Migration, migrate } from './migrate.ts'
import { migrations as allMigrations } from './migrations/index.ts'
import { sqliteDialect } from './sqlite.ts'

/** Where the data lives: `url` of a PostgreSQL server, or `file` of an SQLite database. The url wins. */
export interface StoreOptions {
  url?: string | undefined
  file?: string | undefined
  clock?: Clock
  /** For tests of the migration runner. */
  migrations?: readonly Migration[]
}

/**
 * Opens the database and brings its schema up to date. An SQLite file is created with its folder when missing.
 *
 * @throws Error when neither place is given, the url is not one of PostgreSQL, the server cannot be reached, or the
 * database comes from a newer program.
 * @example const store = await openStore({ file: 'data/astrbot.db' })
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { dialect, db } = await connect(options)
  try {
    await migrate(db, dialect, options.migrations ?? allMigrations, options.clock ?? systemClock)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return {
    db: db.withTables<Pick<Database, keyof Database>>(),
    dialect,
    answers: () =>
      sql`select 1`.execute(db).then(
        () => true,
        () => false,
      ),
    close: () => db.destroy(),
  }
}

async function connect(options: StoreOptions): Promise<{ dialect: Dialect; db: Kysely<unknown> }> {
  if (options.url) {
    // The url may hold a password: no message repeats it.
    if (!/^postgres(ql)?:\/\//.test(options.url))
      throw new Error('The database url must begin with postgres:// or postgresql://')
    // Its driver is loaded by those who use it.
    const { postgresDialect } = await import('./postgres.ts')
    return { dialect: 'postgres', db: new Kysely<unknown>({ dialect: postgresDialect(options.url) }) }
  }
  if (!options.file) throw new Error('The store needs the url of a PostgreSQL server or the name of an SQLite file')
  return { dialect: 'sqlite', db: new Kysely<unknown>({ dialect: sqliteDialect(options.file) }) }
}
