import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Schemas } from '@astrbot/contract'
import { AstrBotError } from '../errors.ts'
import { type FileOnDisk, typeOfName } from '../files/index.ts'
import { safePath } from '../guards/safe-path.ts'
import { isOwnData } from './own-data.ts'
import { segmentsOf } from './relative-path.ts'

/** Bytes of the largest file that is shown as text. */
export const mostPreviewBytes = 524_288

/**
 * What can be seen of a workspace: folders and regular files. Links are refused wherever they lead, and so is the bot's
 * own data.
 */
export class Workspace {
  readonly #dataDir: string
  readonly #root: string

  constructor(dataDir: string, root: string) {
    this.#dataDir = dataDir
    this.#root = root
  }

  /**
   * One level, folders first. The root is empty as long as it does not exist.
   * @throws invalid_workspace_path, workspace_directory_not_found, workspace_directory_unreadable
   */
  async list(path: string): Promise<Schemas['WorkspaceListing']> {
    const segments = segmentsOf(path)
    const folder = await this.#find(segments)
    if (folder === undefined) {
      if (segments.length === 0) return { path: '', entries: [] }
      throw new AstrBotError('workspace_directory_not_found')
    }
    const entries: Schemas['WorkspaceEntry'][] = []
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(explain('directory'))) {
      if (!entry.isFile() && !entry.isDirectory()) continue
      // It may be gone by now.
      const size = entry.isFile() ? await lstat(join(folder, entry.name)).then(sizeOf, () => undefined) : 0
      if (size === undefined) continue
      entries.push({
        name: entry.name,
        path: [...segments, entry.name].join('/'),
        type: entry.isFile() ? 'file' : 'directory',
        size,
        readable: entry.isFile() && size <= mostPreviewBytes,
      })
    }
    return { path: segments.join('/'), entries: entries.sort(byKindAndName) }
  }

  /**
   * A file as text.
   * @throws invalid_workspace_path, workspace_file_not_found, workspace_file_unreadable, workspace_file_too_large, workspace_file_not_text
   */
  async read(path: string): Promise<Schemas['WorkspaceFile']> {
    const { handle, segments } = await this.#open(path)
    try {
      const bytes = await upTo(handle, mostPreviewBytes + 1).catch(explain('file'))
      if (bytes.length > mostPreviewBytes) throw new AstrBotError('workspace_file_too_large')
      return { path: segments.join('/'), content: decoded(bytes), size: bytes.length }
    } finally {
      await handle.close()
    }
  }

  /**
   * A file to be sent as it is.
   * @throws invalid_workspace_path, workspace_file_not_found, workspace_file_unreadable
   */
  async file(path: string): Promise<FileOnDisk> {
    const { handle, segments, place } = await this.#open(path)
    try {
      const { size, mtimeMs } = await handle.stat()
      const filename = segments.at(-1) ?? ''
      const mimeType = typeOfName(filename) ?? 'application/octet-stream'
      return { path: place, filename, mimeType, size, modifiedAt: mtimeMs }
    } finally {
      await handle.close()
    }
  }

  async #open(path: string): Promise<{ handle: FileHandle; segments: string[]; place: string }> {
    const segments = segmentsOf(path)
    if (segments.length === 0) throw new AstrBotError('invalid_workspace_path')
    const place = await this.#find(segments)
    if (place === undefined) throw new AstrBotError('workspace_file_not_found')
    // A link that took the file's place meanwhile is not followed, and a pipe is not waited for.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
    const handle = await open(place, flags).catch(explain('file'))
    const isFile = await handle.stat().then(stats => stats.isFile())
    if (isFile) return { handle, segments, place }
    await handle.close()
    throw new AstrBotError('workspace_file_not_found')
  }

  /** The real path, or undefined when nothing is there. @throws invalid_workspace_path when a link or own data is on the way */
  async #find(segments: string[]): Promise<string | undefined> {
    const root = await realpath(this.#root).catch(() => undefined)
    if (root === undefined) return undefined
    const wanted = join(root, ...segments)
    const found = segments.length === 0 ? root : await safePath(root, segments.join(sep))
    const problem = await lstat(wanted).then(() => undefined, systemCode)
    // Below a file there is nothing.
    if (problem === 'ENOTDIR') return undefined
    if (found !== wanted || (await isOwnData(this.#dataDir, found))) throw new AstrBotError('invalid_workspace_path')
    return problem === undefined ? found : undefined
  }
}

/** What the caller is told of a folder or file that does not open. */
function explain(kind: 'directory' | 'file'): (error: unknown) => never {
  return error => {
    const isDenied = ['EACCES', 'EPERM', 'EIO'].includes(systemCode(error) ?? '')
    throw new AstrBotError(`workspace_${kind}_${isDenied ? 'unreadable' : 'not_found'}`, {}, {}, { cause: error })
  }
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The first bytes of a file. What it says of its size is not trusted: it may grow, or be no ordinary file. */
async function upTo(handle: FileHandle, bytes: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(bytes)
  let filled = 0
  while (filled < bytes) {
    const { bytesRead } = await handle.read(buffer, filled, bytes - filled, null)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new AstrBotError('workspace_file_not_text')
  }
}

function sizeOf(stats: { size: number }): number {
  return stats.size
}

function byKindAndName(a: Schemas['WorkspaceEntry'], b: Schemas['WorkspaceEntry']): number {
  if (a.type !== b.type) return a.type === 'directory' ? -1 : 1
  const [first, second] = [a.name.toLowerCase(), b.name.toLowerCase()]
  return first < second || (first === second && a.name < b.name) ? -1 : 1
}
