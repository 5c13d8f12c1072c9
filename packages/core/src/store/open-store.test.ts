import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { manualClock } from '@astrbot/testing'
import { type Kysely, sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { Database } from './database.ts'
import { describeEveryStore } from './every-store.testing.ts'
import type { Migration } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { openStore, type StoreOptions } from './open-store.ts'

const table = (name: string): Migration => ({
  name,
  up: db => db.schema.createTable(name.replaceAll('-', '_')).addColumn('a', 'integer').execute(),
})

async function applied(db: Kysely<Database>): Promise<string[]> {
  const result = await sql<{ name: string }>`select name from schema_migrations order by name`.execute(db)
  return result.rows.map(row => row.name)
}

/** Opens and closes the store in a process of its own. */
async function openElsewhere(place: StoreOptions): Promise<void> {
  const code = `const { openStore } = await import(${JSON.stringify(import.meta.resolve('./open-store.ts'))})
    await (await openStore(${JSON.stringify(place)})).close()`
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code])
}

describeEveryStore('the store', stores => {
  test('is opened with every migration applied', async () => {
    const store = await stores.open()
    expect(store.dialect).toBe(stores.dialect)
    expect(await applied(store.db)).toEqual(migrations.map(migration => migration.name))
    for (const name of ['api_keys', 'dashboard_trusted_devices', 'preferences'] as const)
      expect(await store.db.selectFrom(name).selectAll().execute()).toEqual([])
  })

  test('runs each migration once, in order, and records when', async () => {
    const place = await stores.place()
    const ran: string[] = []
    const noting = (name: string): Migration => ({ name, up: async () => void ran.push(name) })
    const clock = manualClock()
    const first = await stores.open({ ...place, clock, migrations: [noting('0001-a')] })
    await first.close()
    await stores.open({ ...place, clock, migrations: [noting('0001-a'), noting('0002-b'), noting('0003-c')] })
    expect(ran).toEqual(['0001-a', '0002-b', '0003-c'])
    const again = await stores.open({
      ...place,
      clock,
      migrations: [noting('0001-a'), noting('0002-b'), noting('0003-c')],
    })
    expect(ran).toHaveLength(3)
    const rows = await sql<{ applied_at: number }>`select applied_at from schema_migrations`.execute(again.db)
    expect(rows.rows.map(row => row.applied_at)).toEqual([clock.now(), clock.now(), clock.now()])
  })

  test('changes nothing when a migration fails', async () => {
    const place = await stores.place()
    const failing: Migration = { name: '0002-b', up: () => Promise.reject(new Error('no')) }
    await expect(openStore({ ...place, migrations: [table('0001-a'), failing] })).rejects.toThrow('no')
    const store = await stores.open({ ...place, migrations: [table('0001-a'), table('0002-b')] })
    expect(await applied(store.db)).toEqual(['0001-a', '0002-b'])
  })

  test('can be opened by several processes at once', async () => {
    const place = await stores.place()
    await Promise.all([1, 2, 3].map(() => openElsewhere(place)))
    const store = await stores.open(place)
    expect(await applied(store.db)).toHaveLength(migrations.length)
  }, 30_000)

  test('refuses a database of a newer program', async () => {
    const place = await stores.place()
    await (await openStore({ ...place, migrations: [table('0001-a'), table('9999-z')] })).close()
    await expect(openStore({ ...place, migrations: [table('0001-a')] })).rejects.toThrow(/newer version.*9999-z/)
  })

  test('keeps times as numbers', async () => {
    const { db } = await stores.open()
    const now = Date.UTC(2026, 10, 21)
    await db
      .insertInto('preferences')
      .values({ scope: 's', scope_id: 'i', key: 'k', value: '{}', created_at: now, updated_at: now })
      .execute()
    const row = await db.selectFrom('preferences').selectAll().executeTakeFirstOrThrow()
    expect(row).toEqual({ id: 1, scope: 's', scope_id: 'i', key: 'k', value: '{}', created_at: now, updated_at: now })
    const count = await db
      .selectFrom('preferences')
      .select(expression => expression.fn.countAll<number>().as('n'))
      .executeTakeFirst()
    expect(count).toEqual({ n: 1 })
  })

  test('rolls a failed transaction back, and lets others wait for it', async () => {
    const { db } = await stores.open()
    const row = (key: string) => ({ scope: 's', scope_id: 'i', key, value: '1', created_at: 0, updated_at: 0 })
    const failed = db.transaction().execute(async transaction => {
      await transaction.insertInto('preferences').values(row('a')).execute()
      throw new Error('rolled back')
    })
    const other = db.insertInto('preferences').values(row('b')).execute()
    await expect(failed).rejects.toThrow('rolled back')
    await other
    expect(await db.selectFrom('preferences').select('key').execute()).toEqual([{ key: 'b' }])
  })
})

describe('an SQLite store', () => {
  test('makes its folder and is set up for one careful writer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'astrbot-store-'))
    const store = await openStore({ file: join(folder, 'deep', 'astrbot.db') })
    const pragma = async (name: string) =>
      Object.values((await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(store.db)).rows[0] ?? {})
    expect(await pragma('journal_mode')).toEqual(['wal'])
    expect(await pragma('busy_timeout')).toEqual([5000])
    expect(await pragma('foreign_keys')).toEqual([1])
    expect(await pragma('synchronous')).toEqual([1])
    await store.close()
    await rm(folder, { recursive: true })
  })

  test.skipIf(process.platform === 'win32')('other accounts of the machine cannot read it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'astrbot-store-'))
    const store = await openStore({ file: join(folder, 'deep', 'astrbot.db') })
    const modes = ['.', 'astrbot.db', 'astrbot.db-wal', 'astrbot.db-shm'].map(async name => {
      const { mode } = await stat(join(folder, 'deep', name))
      return mode & 0o077
    })
    expect(await Promise.all(modes)).toEqual([0, 0, 0, 0])
    await store.close()
    await rm(folder, { recursive: true })
  })

  test('survives two processes that read and then write', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'astrbot-store-'))
    const file = join(folder, 'astrbot.db')
    const [a, b] = [await openStore({ file }), await openStore({ file })]
    const value = (store: typeof a, key: string) =>
      store.db.transaction().execute(async transaction => {
        await transaction.selectFrom('preferences').selectAll().execute()
        await transaction
          .insertInto('preferences')
          .values({ scope: 's', scope_id: 'i', key, value: '1', created_at: 0, updated_at: 0 })
          .execute()
      })
    for (let i = 0; i < 20; i++) {
      await value(a, `a${i}`)
      await value(b, `b${i}`)
    }
    expect(await a.db.selectFrom('preferences').select('id').execute()).toHaveLength(40)
    await Promise.all([a.close(), b.close()])
    await rm(folder, { recursive: true })
  })
})

describe('a store without a usable place', () => {
  test('says so without repeating the url', async () => {
    await expect(openStore({})).rejects.toThrow('needs the url')
    await expect(openStore({ url: 'mysql://root:hunter2@host/db' })).rejects.toThrow(/^(?!.*hunter2).*postgres:\/\//)
  })
})
