import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { configFixture, user } from '../configuration.testing.ts'

const id = 'cc3ea8cc-7463-447c-8f25-c5a528349a43'

/** A data folder as AstrBot leaves it. */
function astrBotDatabase(dataDir: string, values: Record<string, unknown>): void {
  const database = new BetterSqlite(join(dataDir, 'data_v4.db'))
  database.exec('create table preferences (id integer primary key, scope text, scope_id text, "key" text, value json)')
  const insert = database.prepare(
    "insert into preferences (scope, scope_id, key, value) values ('global', 'global', ?, ?)",
  )
  for (const [key, value] of Object.entries(values)) insert.run(key, JSON.stringify({ val: value }))
  database.close()
}

test("AstrBot's profiles and routes are found, once", async () => {
  await using fixture = await configFixture()
  astrBotDatabase(fixture.dataDir, {
    abconf_mapping: { [id]: { path: `abconf_${id}.json`, name: 'Zweites 配置' } },
    umop_config_routing: { 'telegram:GroupMessage:*': id },
    other: true,
  })
  await mkdir(join(fixture.dataDir, 'config'), { recursive: true })
  await writeFile(
    join(fixture.dataDir, 'config', `abconf_${id}.json`),
    `\uFEFF${JSON.stringify({ config_version: 5, wake_prefix: ['!'], agent_runner: { runner_type: 'local', config: {} } })}`,
  )
  const config = await fixture.open()
  expect(config.profiles.list()).toMatchObject([{ id, name: 'Zweites 配置' }, { id: 'default' }])
  expect(config.profileFor('telegram:GroupMessage:7').get().wake_prefix).toEqual(['!'])
  await config.delete(id)
  // What is gone here does not come back from there.
  const again = await fixture.open()
  expect(again.profiles.list()).toMatchObject([{ id: 'default' }])
})

test('a database that cannot be read does not stop the start', async () => {
  await using fixture = await configFixture()
  await writeFile(
    join(fixture.dataDir, 'data_v4.db'),
    'no database at all, but long enough to look like a file '.repeat(20),
  )
  const config = await fixture.open()
  expect(config.profiles.list()).toMatchObject([{ id: 'default' }])
  expect(await config.create({ name: 'a' }, user)).toBeTruthy()
})

test('a database without preferences has none', async () => {
  await using fixture = await configFixture()
  new BetterSqlite(join(fixture.dataDir, 'empty.db')).exec('create table a (b)').close()
  await copyFile(join(fixture.dataDir, 'empty.db'), join(fixture.dataDir, 'data_v4.db'))
  expect((await fixture.open()).routes.table()).toEqual({})
})
