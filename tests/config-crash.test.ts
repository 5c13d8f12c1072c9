import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import {
  ConfigFile,
  Configuration,
  createPreferences,
  openStore,
  silentLog,
  systemClock,
  systemIds,
} from '../packages/core/src/index.ts'
import { random } from './support/random.ts'

// A process that writes the configuration without a pause is killed at moments that a seed decides. The file always
// holds a whole document, and nothing that was told to be stored is gone.

const rounds = 200
const lanes = 4
const seed = 20_260_707
const source = new URL('./support/config-writer.ts', import.meta.url).pathname

/** The writer as one small file: of 200 starts, each costs a fifth of what its modules one by one would. */
async function bundledWriter(folder: string): Promise<string> {
  const outfile = join(folder, 'writer.mjs')
  await build({ entryPoints: [source], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' })
  return outfile
}

/** Lets writers write for a moment and kills them. Answers the last number that each writer was told is stored. */
async function runAndKill(writer: string, dataDir: string, forMs: number): Promise<number[]> {
  // What was compiled once is kept.
  const env = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(tmpdir(), 'astrbot-compile-cache') }
  const child = spawn(process.execPath, [writer, dataDir], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = once(child, 'exit')
  let told = ''
  let complaints = ''
  child.stderr.on('data', chunk => {
    complaints += chunk
  })
  child.stdout.on('data', chunk => {
    told += chunk
  })
  await Promise.race([once(child.stdout, 'data'), exit])
  expect(complaints).toBe('')
  await sleep(forMs)
  child.kill('SIGKILL')
  await exit
  const last = [0, 0, 0, 0]
  for (const line of told.split('\n').slice(0, -1)) {
    const [index = 0, count = 0] = line.split(' ').map(Number)
    last[index] = count
  }
  return last
}

async function documentAt(file: string): Promise<{ no_proxy: string[]; mine: unknown; admins_id: string[] }> {
  return JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''))
}

async function lane(writer: string, number: number): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'astrbot-config-crash-'))
  const file = join(dataDir, 'cmd_config.json')
  await writeFile(file, JSON.stringify({ no_proxy: ['0', '0', '0', '0'], mine: { kept: 'é漢' }, admins_id: ['boss'] }))
  const next = random(seed + number)
  let stored = [0, 0, 0, 0]
  for (let round = 0; round < rounds / lanes; round++) {
    const told = await runAndKill(writer, dataDir, Math.floor(next() * 15))
    const document = await documentAt(file)
    expect(document).toMatchObject({ mine: { kept: 'é漢' }, admins_id: ['boss'] })
    const counts = document.no_proxy.map(Number)
    for (const [i, count] of counts.entries()) {
      const least = Math.max(told[i] ?? 0, stored[i] ?? 0)
      expect(count, `round ${round}, writer ${i}`).toBeGreaterThanOrEqual(least)
      // The last write may have been stored without anybody being told.
      expect(count - least).toBeLessThanOrEqual(1)
    }
    stored = counts
  }
  // The writers did write in most rounds.
  expect(stored.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(rounds / lanes)

  // Every version that was kept is whole too, and nothing half-written stays.
  const history = join(dataDir, 'config/history/cmd_config')
  for (const name of await readdir(history)) await documentAt(join(history, name))
  await documentAt(`${file}.bak`)
  const store = await openStore({ file: join(dataDir, 'astrbot.db'), clock: systemClock })
  const preferences = createPreferences(store, systemClock)
  const config = await Configuration.open({ dataDir, preferences, clock: systemClock, ids: systemIds, log: silentLog })
  expect(config.get()).toEqual((await ConfigFile.open(dataDir)).get())
  await store.close()
  expect((await readdir(dataDir)).filter(name => /tmp|broken/.test(name))).toEqual([])
  await rm(dataDir, { recursive: true })
}

it(`${rounds} kills leave the configuration whole and lose nothing`, { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'astrbot-config-writer-'))
  const writer = await bundledWriter(folder)
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(writer, number)))
  await rm(folder, { recursive: true })
})
