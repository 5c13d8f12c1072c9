export type { Database, Dialect, Store } from './database.ts'
export { fromJsonColumn, toJsonColumn } from './json.ts'
export type { Migration } from './migrate.ts'
export { openStore, type StoreOptions } from './open-store.ts'
