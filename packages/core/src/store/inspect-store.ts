import { existsSync } from 'node:fs'
import BetterSqlite from 'better-sqlite3'
import { Kysely, sql } from 'kysely'
import { migrations } from './migrations/index.ts'

/** What a database looks like from outside. */
export interface StoreInspection {
  /** False for an SQLite file that the first start will make. */
  exists: boolean
  /** Steps of the schema that the next start will take. */
  pending: string[]
  /** Steps that only a newer program knows. */
  unknown: string[]
  /** What SQLite's own check found wrong. */
  damage: string[]
}

/**
 * Looks at a database without changing it.
 * @throws Error when it cannot be opened or read
 */
export async function inspectStore({
  url,
  file,
}: {
  url?: string | undefined
  file: string
}): Promise<StoreInspection> {
  if (url) return inspectPostgres(url)
  if (!existsSync(file)) return inspection(undefined, [])
  const database = new BetterSqlite(file, { readonly: true, timeout: 5000 })
  try {
    const damage = database
      .prepare<[], { quick_check: string }>('pragma quick_check(5)')
      .all()
      .map(row => row.quick_check)
      .filter(line => line !== 'ok')
    const known = database.prepare("select 1 from sqlite_master where name = 'schema_migrations'").get()
    const rows = known ? database.prepare<[], { name: string }>('select name from schema_migrations').all() : []
    return inspection(
      rows.map(row => row.name),
      damage,
    )
  } finally {
    database.close()
  }
}

async function inspectPostgres(url: string): Promise<StoreInspection> {
  const { postgresDialect } = await import('./postgres.ts')
  const db = new Kysely<{ schema_migrations: { name: string } }>({ dialect: postgresDialect(url) })
  try {
    const { rows } = await sql<{ found: string | null }>`select to_regclass('schema_migrations') as found`.execute(db)
    const applied = rows[0]?.found ? await db.selectFrom('schema_migrations').select('name').execute() : []
    return inspection(
      applied.map(row => row.name),
      [],
    )
  } finally {
    await db.destroy()
  }
}

function inspection(applied: string[] | undefined, damage: string[]): StoreInspection {
  const names = migrations.map(({ name }) => name)
  const done = new Set(applied)
  return {
    exists: applied !== undefined,
    pending: names.filter(name => !done.has(name)),
    unknown: [...done].filter(name => !names.includes(name)),
    damage,
  }
}
