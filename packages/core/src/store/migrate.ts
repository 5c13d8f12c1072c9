import { type Kysely, sql } from 'kysely'
import type { Clock } from '../clock.ts'
import type { Dialect } from './database.ts'

/** One step of the schema. `name` is recorded once it ran and never changes afterwards. */
export interface Migration {
  readonly name: string
  up(db: Kysely<unknown>, dialect: Dialect): Promise<void>
}

type MigrationTables = { schema_migrations: { name: string; applied_at: number } }

// Any number that no other program uses on the same server.
const advisoryLock = 618_520_261

/**
 * Runs the migrations that the database has not seen, in order and all in one transaction: either the whole schema
 * moves on or nothing changes. Processes that start together wait for each other.
 *
 * @throws Error when the database was written by a newer program.
 */
export async function migrate(
  db: Kysely<unknown>,
  dialect: Dialect,
  migrations: readonly Migration[],
  clock: Clock,
): Promise<void> {
  await db.transaction().execute(async untyped => {
    const transaction = untyped.withTables<MigrationTables>()
    if (dialect === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(advisoryLock)})`.execute(transaction)
    await transaction.schema
      .createTable('schema_migrations')
      .ifNotExists()
      .addColumn('name', 'text', column => column.primaryKey())
      .addColumn('applied_at', 'bigint', column => column.notNull())
      .execute()
    const rows = await transaction.selectFrom('schema_migrations').select('name').execute()
    const applied = new Set(rows.map(row => row.name))
    refuseNewer(applied, migrations)
    for (const migration of migrations) {
      if (applied.has(migration.name)) continue
      await migration.up(untyped, dialect)
      await transaction
        .insertInto('schema_migrations')
        .values({ name: migration.name, applied_at: clock.now() })
        .execute()
    }
  })
}

function refuseNewer(applied: ReadonlySet<string>, migrations: readonly Migration[]): void {
  const known = new Set(migrations.map(migration => migration.name))
  const unknown = [...applied].filter(name => !known.has(name))
  if (unknown.length > 0)
    throw new Error(`The database was written by a newer version of this program (it knows ${unknown.join(', ')})`)
}
