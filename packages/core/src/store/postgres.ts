import { PostgresDialect } from 'kysely'
import { Pool, types } from 'pg'

const int8 = 20

/** PostgreSQL behind a small pool. 64-bit integers arrive as numbers: times and counters stay far below 2^53. */
export function postgresDialect(url: string): PostgresDialect {
  const pool = new Pool({
    connectionString: url,
    max: 10,
    types: {
      getTypeParser: (id: number, format?: 'text' | 'binary') =>
        id === int8 ? Number : types.getTypeParser(id, format as 'text'),
    },
  })
  // An idle connection that breaks is replaced by the pool; unheard, the event would end the process.
  pool.on('error', () => {})
  return new PostgresDialect({ pool })
}
