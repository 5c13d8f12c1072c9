import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hour } from '../clock.ts'

const abandonedAfter = 24 * hour

/** Makes the folder in which uploads wait until somebody takes them, and removes what crashes have left there. */
export async function openSpool(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // The age is that of the disk's clock. Fresh files may belong to another process on the same data.
  const oldest = Date.now() - abandonedAfter
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const stats = await stat(path).catch(() => undefined)
    if (stats && stats.mtimeMs < oldest) await rm(path, { recursive: true, force: true })
  }
}
