import type { CreateTableBuilder } from 'kysely'
import type { Dialect } from './database.ts'

/** Adds the automatic number `id` as primary key, which the two dialects spell differently. */
export function withId<Table extends string, Columns extends string>(
  table: CreateTableBuilder<Table, Columns>,
  dialect: Dialect,
): CreateTableBuilder<Table, Columns | 'id'> {
  return dialect === 'sqlite'
    ? table.addColumn('id', 'integer', column => column.primaryKey().autoIncrement())
    : table.addColumn('id', 'bigserial', column => column.primaryKey())
}
