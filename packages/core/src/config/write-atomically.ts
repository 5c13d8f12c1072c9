import { copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Replaces a file so that a crash leaves either the old or the new one, never a torn one. The old one is kept beside it
 * as `<file>.bak`. A new file is readable by its owner only; an existing one keeps its mode.
 */
export async function writeAtomically(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const existing = await stat(file).catch(() => undefined)
  const temporary = `${file}.${process.pid}.tmp`
  try {
    const handle = await open(temporary, 'w', existing ? existing.mode & 0o777 : 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (existing) await keep(file, `${file}.bak`)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(file))
}

/** Copies a file so that the copy is whole at any moment. No link: who edits the copy in place must not change more. */
async function keep(file: string, copy: string): Promise<void> {
  const temporary = `${copy}.${process.pid}.tmp`
  await copyFile(file, temporary)
  await rename(temporary, copy)
}

/** Makes the rename itself durable. Not every system lets a folder be opened; there the rename is as safe as it gets. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  if (!handle) return
  try {
    await handle.sync()
  } catch {
    // As above.
  } finally {
    await handle.close()
  }
}
