import { stat } from 'node:fs/promises'
import { AstrBotError } from '../errors.ts'

/** A file that can be sent: where it is, and how it is to be called. */
export interface FileOnDisk {
  /** Absolute. */
  path: string
  /** The name to save it under. */
  filename: string
  mimeType: string
  /** Bytes. */
  size: number
  /** Epoch milliseconds. */
  modifiedAt: number
}

/**
 * Looks at a file before it is sent.
 * @throws file_not_found for anything but a regular file
 */
export async function fileOnDisk(path: string | undefined, filename: string, mimeType: string): Promise<FileOnDisk> {
  const stats = path === undefined ? undefined : await stat(path).catch(() => undefined)
  if (path === undefined || !stats?.isFile()) throw new AstrBotError('file_not_found')
  return { path, filename, mimeType, size: stats.size, modifiedAt: stats.mtimeMs }
}
