import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PostgresServer, startPostgres } from '@astrbot/testing'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import type { Dialect, Store } from './database.ts'
import { openStore, type StoreOptions } from './open-store.ts'

/** Databases for the tests of one suite. Everything opened is closed after each test. */
export interface TestStores {
  dialect: Dialect
  /** Where a database may be: a new, empty one. */
  place(): Promise<StoreOptions>
  /** Opens a store, by default on a new database. */
  open(options?: StoreOptions): Promise<Store>
}

/** Runs a suite twice: on SQLite files and on a real PostgreSQL server. */
export function describeEveryStore(title: string, suite: (stores: TestStores) => void): void {
  describe(`${title} (sqlite)`, () => {
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'astrbot-store-'))
    })
    afterAll(() => rm(folder, { recursive: true }))
    suite(closing('sqlite', async () => ({ file: join(folder, `${randomUUID()}.db`) })))
  })

  describe(`${title} (postgres)`, () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await startPostgres()
    }, 60_000)
    afterAll(() => server.stop())
    suite(closing('postgres', () => newDatabase(server.url)))
  })
}

function closing(dialect: Dialect, place: TestStores['place']): TestStores {
  const opened: Store[] = []
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
  })
  return {
    dialect,
    place,
    async open(options) {
      const store = await openStore(options ?? (await place()))
      opened.push(store)
      return store
    },
  }
}

async function newDatabase(url: string): Promise<StoreOptions> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  const place = new URL(url)
  place.pathname = `/${name}`
  return { url: place.href }
}
