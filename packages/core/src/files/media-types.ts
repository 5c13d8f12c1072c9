import { extname } from 'node:path'
import type { AttachmentTable } from './table.ts'

export type AttachmentType = AttachmentTable['type']

export const unknownType = 'application/octet-stream'

/**
 * The media type a client declared; `application/octet-stream` for none or an unusable one. Of parameters only the
 * character set of a text stays, unless it is UTF-8, which all texts are taken for.
 */
export function declaredType(contentType: string | null | undefined): string {
  const [first = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const type = first.trim()
  if (!/^[\w.+-]{1,63}\/([\w.+-]{1,127}|\*)$/.test(type)) return unknownType
  const charset = parameters.map(one => /^\s*charset="?([\w.:-]{1,40})"?\s*$/.exec(one)?.[1]).find(Boolean)
  return type.startsWith('text/') && charset && !/^utf-?8$/.test(charset) ? `${type}; charset=${charset}` : type
}

/** What a file counts as in messages. */
export function attachmentType(mimeType: string): AttachmentType {
  if (mimeType.startsWith('image/')) return 'image'
  if (mimeType.startsWith('audio/')) return 'record'
  return mimeType.startsWith('video/') ? 'video' : 'file'
}

const byExtension: Readonly<Record<string, string>> = {
  '.aac': 'audio/aac',
  '.avif': 'image/avif',
  '.bmp': 'image/bmp',
  '.css': 'text/css',
  '.csv': 'text/csv',
  '.doc': 'application/msword',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.epub': 'application/epub+zip',
  '.flac': 'audio/flac',
  '.gif': 'image/gif',
  '.gz': 'application/gzip',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.log': 'text/plain',
  '.m4a': 'audio/mp4',
  '.md': 'text/markdown',
  '.mjs': 'text/javascript',
  '.mov': 'video/quicktime',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.ppt': 'application/vnd.ms-powerpoint',
  '.pptx': 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  '.svg': 'image/svg+xml',
  '.tar': 'application/x-tar',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.txt': 'text/plain',
  '.wav': 'audio/wav',
  '.webm': 'video/webm',
  '.webp': 'image/webp',
  '.xls': 'application/vnd.ms-excel',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  '.xml': 'text/xml',
  '.yaml': 'text/yaml',
  '.yml': 'text/yaml',
  '.zip': 'application/zip',
}

/** The media type that a file name speaks of, or undefined. */
export function typeOfName(filename: string): string | undefined {
  return byExtension[extname(filename).toLowerCase()]
}
