import { dirname } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
} from 'kysely'
import { privateFile, privateFolder } from './private-file.ts'

const mostStatements = 500

/** SQLite as a file, in WAL mode: readers never wait, writers wait up to five seconds for each other. */
export function sqliteDialect(file: string): SqliteDialect {
  if (file !== ':memory:') {
    privateFolder(dirname(file))
    // SQLite gives its journals the mode of the file.
    privateFile(file)
  }
  const database = new BetterSqlite(file)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = NORMAL')
  database.pragma('busy_timeout = 5000')
  database.pragma('foreign_keys = ON')
  database.function('fold', { deterministic: true }, text => (typeof text === 'string' ? text.toLowerCase() : text))
  return new WritingSqliteDialect({ database: withPreparedStatements(database) })
}

/**
 * Keeps statements prepared. Preparing one costs more than running it, and every preparation compiles a new
 * function that builds its rows.
 */
function withPreparedStatements(database: BetterSqlite.Database): SqliteDatabase {
  const statements = new Map<string, BetterSqlite.Statement<unknown[]>>()
  return {
    prepare(sql) {
      const known = statements.get(sql)
      // One that is being iterated cannot serve a second reader.
      if (known && !known.busy) return known
      const statement = database.prepare<unknown[]>(sql)
      const [oldest] = statements.keys()
      if (statements.size >= mostStatements && oldest !== undefined) statements.delete(oldest)
      statements.set(sql, statement)
      return statement
    },
    close: () => database.close(),
  }
}

/**
 * Transactions take the write lock when they begin. A deferred one that reads first and writes later fails at once,
 * whatever the timeout, when another process wrote in between.
 */
class WritingSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

class WritingSqliteDialect extends SqliteDialect {
  readonly #config: ConstructorParameters<typeof SqliteDialect>[0]

  constructor(config: ConstructorParameters<typeof SqliteDialect>[0]) {
    super(config)
    this.#config = config
  }

  override createDriver(): Driver {
    return new WritingSqliteDriver(this.#config)
  }
}
