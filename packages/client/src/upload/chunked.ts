import type { UploadedFile } from '../chat/types.ts'
import { APIError, ConflictError, NotFoundError, ServerError } from '../errors/api-error.ts'
import { ConnectionError, TimeoutError } from '../errors/call-errors.ts'
import { sleep } from '../http/lifetime.ts'
import { fullJitter } from '../http/retry.ts'
import type { Transport } from '../http/transport.ts'
import type { UploadOptions } from './options.ts'
import type { OpenSource } from './source.ts'

/** An upload that the server waits for. */
interface Started {
  id: string
  chunkSize: number
  /** Chunks the server has. */
  received: Set<number>
}

const path = '/api/v1/files/upload'
/** Attempts at one chunk: sending it again replaces it, so nothing can go wrong. */
const attempts = 6

/** Uploads in chunks, and goes on where an earlier call broke off. */
export async function uploadChunks(
  transport: Transport,
  source: OpenSource,
  { name, type }: { name: string; type: string },
  options: UploadOptions,
  signal: AbortSignal,
): Promise<UploadedFile> {
  const { timeout, headers, onProgress, onStart, parallel = 3 } = options
  const call = (step: string, body: object) =>
    transport.call('POST', `${path}/${step}`, { body, signal, timeout, headers })

  const started = await start()
  const { id, chunkSize, received } = started
  const count = Math.ceil(source.size / chunkSize)
  try {
    for (let round = 0; ; round++) {
      await sendMissing()
      const stored = await complete(round < 2)
      if (stored) return stored
    }
  } catch (error) {
    if (signal.aborted && !options.keep) {
      transport.call('POST', `${path}/abort`, { body: { upload_id: id }, timeout, headers }).catch(() => {})
    }
    throw error
  }

  async function start(): Promise<Started> {
    const known = options.resume ? await ask(options.resume) : undefined
    if (known) return known
    // The boundary: typed by the contract.
    const { upload_id, chunk_size } = (await again(() =>
      call('init', { filename: name, total_size: source.size, content_type: type }),
    )) as { upload_id: string; chunk_size: number }
    onStart?.(upload_id)
    return { id: upload_id, chunkSize: chunk_size, received: new Set() }
  }

  /** What the server has of an upload; undefined when it has forgotten it. */
  async function ask(uploadId: string): Promise<Started | undefined> {
    try {
      const status = (await again(() => call('status', { upload_id: uploadId }))) as {
        chunk_size: number
        received_chunks: number[]
      }
      return { id: uploadId, chunkSize: status.chunk_size, received: new Set(status.received_chunks) }
    } catch (error) {
      if (isUnknown(error)) return undefined
      throw error
    }
  }

  async function sendMissing(): Promise<void> {
    const missing = Array.from({ length: count }, (_, index) => index).filter(index => !received.has(index))
    // A stream is read in its order and once, so what the server has already is read past.
    const queue = source.inOrder ? Array.from({ length: count }, (_, index) => index) : missing
    if (received.size > 0) tell()
    const worker = async () => {
      for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
        const chunk_index = index
        const chunk = await source.slice(index * chunkSize, Math.min((index + 1) * chunkSize, source.size))
        if (received.has(index)) continue
        await again(() => call('chunk', { upload_id: id, chunk_index, chunk }))
        received.add(index)
        tell()
      }
    }
    const stop = (error: unknown) => {
      queue.length = 0
      throw error
    }
    await Promise.all(Array.from({ length: source.inOrder ? 1 : parallel }, () => worker().catch(stop)))
  }

  function tell(): void {
    onProgress?.({ sent: Math.min(received.size * chunkSize, source.size), total: source.size })
  }

  /** Undefined: the server says that chunks are missing, and they can be sent. */
  async function complete(mayLack: boolean): Promise<UploadedFile | undefined> {
    let broken: unknown
    for (let attempt = 0; attempt < attempts; attempt++) {
      try {
        // The boundary: typed by the contract.
        return (await call('complete', { upload_id: id })) as UploadedFile
      } catch (error) {
        // After a broken connection it may be done, and what it answered is lost.
        if (broken && isUnknown(error)) throw broken
        const lacking = error instanceof ConflictError || (error instanceof APIError && /missing/.test(error.message))
        if (lacking && mayLack && !source.inOrder) {
          const now = await ask(id)
          received.clear()
          for (const index of now?.received ?? []) received.add(index)
          return undefined
        }
        if (signal.aborted || !mayPass(error)) throw error
        broken = error
        await sleep((transport.options.retryDelay ?? fullJitter)(attempt), signal)
      }
    }
    throw broken
  }

  /** Tries again what can be repeated. */
  async function again<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        if (signal.aborted || attempt + 1 >= attempts || !mayPass(error)) throw error
        const named = error instanceof APIError ? (error.retryAfter ?? 0) * 1000 : 0
        await sleep(Math.max(named, (transport.options.retryDelay ?? fullJitter)(attempt)), signal)
      }
    }
  }
}

function mayPass(error: unknown): boolean {
  return (
    error instanceof ConnectionError ||
    error instanceof TimeoutError ||
    error instanceof ServerError ||
    (error instanceof APIError && [408, 429].includes(error.status))
  )
}

/** Whether the server does not know the upload (any more). AstrBot itself says so in a sentence. */
function isUnknown(error: unknown): boolean {
  return error instanceof NotFoundError
}
