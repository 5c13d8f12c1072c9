import { copyFile, open, rename, rm } from 'node:fs/promises'

/** The system's word for what went wrong, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Moves a file, replacing what is there; also from one file system to another. */
export async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error
    const beside = `${to}.partial`
    await copyFile(from, beside)
    await rename(beside, to)
    await rm(from, { force: true })
  }
}

/** Creates an empty file, so that nobody else takes the name; false when it is taken. */
export async function reserve(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close()
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/** The first bytes of a file. */
export async function headOf(path: string, bytes: number): Promise<Uint8Array> {
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
