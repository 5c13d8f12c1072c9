import type { UploadedFile } from '../chat/types.ts'
import { NotFoundError } from '../errors/api-error.ts'
import type { HttpClient } from '../http/client.ts'
import { createLifetime } from '../http/lifetime.ts'
import { uploadChunks } from './chunked.ts'
import type { UploadOptions } from './options.ts'
import { type OpenSource, openSource, type UploadSource } from './source.ts'

const mebibyte = 1024 * 1024

/**
 * Uploads a file: small ones in one piece, large ones in chunks, which are sent again where the connection breaks. What it
 * resolves to can be an attachment of a message, and so can the promise.
 * @throws APIError and its kinds, ConnectionError, AbortError …
 * @example
 * await client.chat.send({ message: 'What is this?', attachments: [upload(client, file, { onProgress })] })
 */
export function upload(client: HttpClient, source: UploadSource, options: UploadOptions = {}): Promise<UploadedFile> {
  const result = run(client, source, options)
  // It may be an attachment that is never asked for.
  result.catch(() => {})
  return result
}

async function run(client: HttpClient, given: UploadSource, options: UploadOptions): Promise<UploadedFile> {
  const lifetime = createLifetime(options.signal)
  const source = await openSource(given, options.size)
  const name = options.name ?? source.name ?? 'file'
  const type = options.type || source.type || 'application/octet-stream'
  const { chunkedFrom = options.onProgress ? mebibyte : 8 * mebibyte } = options
  try {
    if (source.size < chunkedFrom && !options.resume) return await uploadWhole()
    try {
      return await uploadChunks(client.transport, source, { name, type }, options, lifetime.signal)
    } catch (error) {
      // Older servers know no chunks. (An upload that they forgot is begun anew before it comes to this.)
      if (error instanceof NotFoundError && error.operation?.endsWith('/init')) return await uploadWhole()
      throw error
    }
  } finally {
    lifetime.release()
    await source.close()
  }

  async function uploadWhole(): Promise<UploadedFile> {
    const file = new File([await bytesOf(source)], name, { type })
    const { timeout = 600_000, headers, onProgress } = options
    const init = { body: { file }, signal: lifetime.signal, timeout, headers }
    // The boundary: typed by the contract.
    const stored = (await client.transport.call('POST', '/api/v1/files', init)) as UploadedFile
    onProgress?.({ sent: source.size, total: source.size })
    return stored
  }
}

async function bytesOf(source: OpenSource): Promise<Blob> {
  return source.slice(0, source.size)
}
