import type { FileOnDisk } from '@astrbot/core'
import type { Call } from '../handler.ts'
import { isUnchanged, rangeApplies, type Validators } from './conditions.ts'
import { fileStream } from './file-stream.ts'
import { type ByteRange, parseRange } from './range.ts'
import { securityHeaders } from './respond.ts'

/** What a browser may show in place: it runs no code. Everything else is for saving. */
const harmless =
  /^(image\/(avif|bmp|gif|jpeg|png|tiff|webp)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/(plain|csv|markdown))$/

/**
 * Sends a file from disk, whole or in the ranges the request asks for, or 304 when the client has it.
 * @throws invalid_range, range_not_satisfiable
 */
export function fileResponse(call: Call, file: FileOnDisk): Response {
  const requested = call.request.headers
  const validators = { etag: etagOf(file), modifiedAt: file.modifiedAt }
  const headers = new Headers({ ...securityHeaders, ...fileHeaders(file, validators), 'X-Request-Id': call.requestId })
  if (isUnchanged(requested, validators)) return new Response(null, { status: 304, headers })

  const range = requested.get('range')
  const ranges = range !== null && rangeApplies(requested, validators) ? parseRange(range, file.size) : undefined
  const [first, second] = ranges ?? []
  headers.set('Content-Type', contentType(file.mimeType))
  if (ranges && second) return severalRanges(call, file, ranges, headers)
  const whole = { first: 0, last: file.size - 1 }
  const { first: from, last } = first ?? whole
  headers.set('Content-Length', String(last - from + 1))
  if (first) headers.set('Content-Range', contentRange(first, file.size))
  return new Response(
    bodyFor(call, () => fileStream(file.path, [{ first: from, last }])),
    {
      status: first ? 206 : 200,
      headers,
    },
  )
}

function fileHeaders({ mimeType, filename }: FileOnDisk, { etag, modifiedAt }: Validators): Record<string, string> {
  const isHarmless = harmless.test(mimeType.split(';')[0] ?? '')
  return {
    'Accept-Ranges': 'bytes',
    ETag: etag,
    'Last-Modified': new Date(modifiedAt).toUTCString(),
    'Cache-Control': 'private, no-cache',
    'Content-Disposition': contentDisposition(isHarmless ? 'inline' : 'attachment', filename),
    ...(!isHarmless && { 'Content-Security-Policy': "sandbox; default-src 'none'" }),
  }
}

/** Several ranges leave as `multipart/byteranges`. */
function severalRanges(call: Call, file: FileOnDisk, ranges: ByteRange[], headers: Headers): Response {
  const boundary = `range-${call.requestId.replace(/[^\w-]/g, '').slice(0, 40)}`
  const type = contentType(file.mimeType)
  const pieces = ranges.flatMap(range => [
    Buffer.from(
      `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${contentRange(range, file.size)}\r\n\r\n`,
    ),
    range,
  ])
  const all = [...pieces, Buffer.from(`\r\n--${boundary}--\r\n`)]
  const length = all.reduce((sum, piece) => sum + ('byteLength' in piece ? piece.byteLength : lengthOf(piece)), 0)
  headers.set('Content-Type', `multipart/byteranges; boundary=${boundary}`)
  headers.set('Content-Length', String(length))
  return new Response(
    bodyFor(call, () => fileStream(file.path, all)),
    { status: 206, headers },
  )
}

function bodyFor(call: Call, body: () => ReadableStream<Uint8Array>): ReadableStream<Uint8Array> | null {
  return call.request.method === 'HEAD' ? null : body()
}

function etagOf({ size, modifiedAt }: FileOnDisk): string {
  return `"${size.toString(16)}-${Math.floor(modifiedAt * 1000).toString(16)}"`
}

function contentRange({ first, last }: ByteRange, size: number): string {
  return `bytes ${first}-${last}/${size}`
}

function lengthOf({ first, last }: ByteRange): number {
  return last - first + 1
}

function contentType(mimeType: string): string {
  return mimeType.startsWith('text/') && !mimeType.includes(';') ? `${mimeType}; charset=utf-8` : mimeType
}

/** Both spellings: the plain one for old programs, RFC 8187 for every letter. */
function contentDisposition(kind: 'inline' | 'attachment', filename: string): string {
  const plain = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const exact = encodeURIComponent(filename).replace(/['()*]/g, letter => `%${letter.charCodeAt(0).toString(16)}`)
  return `${kind}; filename="${plain}"; filename*=UTF-8''${exact}`
}
