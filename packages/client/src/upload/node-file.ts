import type { OpenSource } from './source.ts'

/** What is used of `node:fs/promises`. */
interface NodeFiles {
  open(path: string): Promise<{
    stat(): Promise<{ size: number }>
    read(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
    close(): Promise<void>
  }>
}

// In a variable, so that compilers and bundlers that know no Node leave it alone.
const files = 'node:fs/promises'

/** A file on disk, read piece by piece. */
export async function openNodeFile(path: string): Promise<OpenSource> {
  const { open }: NodeFiles = await import(/* @vite-ignore */ /* webpackIgnore: true */ files)
  const file = await open(path)
  const { size } = await file.stat()
  return {
    size,
    name: path.split(/[\\/]/).pop(),
    inOrder: false,
    async slice(start, end) {
      const bytes = new Uint8Array(end - start)
      let filled = 0
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled)
        if (bytesRead === 0) throw new RangeError(`${path} became shorter while it was read`)
        filled += bytesRead
      }
      return new Blob([bytes])
    },
    close: () => file.close(),
  }
}
