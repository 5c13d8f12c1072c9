import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ManualClock, manualClock } from '@astrbot/testing'
import { systemIds } from '../ids.ts'
import { silentLog } from '../log.ts'
import type { Store } from '../store/index.ts'
import type { FileCaller } from './access.ts'
import { createFiles, type Files } from './files.ts'

export const dashboard: FileCaller = { username: 'astrbot', apiKeyId: null }
export const key: FileCaller = { username: 'api_key:k1', apiKeyId: 'k1' }
export const otherKey: FileCaller = { username: 'api_key:k2', apiKeyId: 'k2' }

export const png: Buffer = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

export interface FilesFixture extends AsyncDisposable {
  dataDir: string
  clock: ManualClock
  files: Files
  /** A file that waits to be taken in. */
  spooled(bytes: string | Uint8Array): Promise<{ path: string; size: number }>
  /** The same data folder in a new process. */
  restart(): Promise<Files>
}

/** Files on a real folder and database. */
export async function filesFixture(store: Store, maxBytes?: number): Promise<FilesFixture> {
  const dataDir = await mkdtemp(join(tmpdir(), 'astrbot-files-'))
  const clock = manualClock()
  const open = async () => {
    const services = { store, dataDir, clock, ids: systemIds, log: silentLog }
    const files = createFiles({ ...services, ...(maxBytes !== undefined && { maxBytes }) })
    await files.start()
    return files
  }
  const files = await open()
  return {
    dataDir,
    clock,
    files,
    async spooled(bytes) {
      const path = join(files.spool, systemIds.uuid())
      await writeFile(path, bytes)
      return { path, size: Buffer.from(bytes).byteLength }
    },
    async restart() {
      files.stop()
      return open()
    },
    async [Symbol.asyncDispose]() {
      files.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
