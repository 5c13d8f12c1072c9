import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isFolderLocked, lockFolder } from './folder-lock.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'astrbot-lock-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

it('only one has the folder at a time', async () => {
  expect(isFolderLocked(dir)).toBe(false)
  expect(existsSync(join(dir, 'astrbot.lock'))).toBe(false)
  const first = await lockFolder(dir)
  expect([isFolderLocked(dir), await lockFolder(dir)]).toEqual([true, undefined])
  // Asking did not break it.
  expect(isFolderLocked(dir)).toBe(true)
  const waiting = lockFolder(dir, 15_000)
  first?.release()
  const second = await waiting
  expect(second).toBeDefined()
  second?.release()
  expect(isFolderLocked(dir)).toBe(false)
})

it.skipIf(process.platform === 'win32')('other accounts of the machine cannot take it', async () => {
  const folder = join(dir, 'fresh')
  const lock = await lockFolder(folder)
  const modes = await Promise.all([folder, join(folder, 'astrbot.lock')].map(async path => (await stat(path)).mode))
  expect(modes.map(mode => mode & 0o077)).toEqual([0, 0])
  lock?.release()
})

it('a killed process lets go of it', async () => {
  const module = JSON.stringify(new URL('folder-lock.ts', import.meta.url).href)
  const program = `const { lockFolder } = await import(${module}); await lockFolder(${JSON.stringify(dir)}); console.log('held'); setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  expect(await lockFolder(dir)).toBeUndefined()
  const ended = once(holder, 'exit')
  holder.kill('SIGKILL')
  await ended
  const lock = await lockFolder(dir, 15_000)
  expect(lock).toBeDefined()
  lock?.release()
})
