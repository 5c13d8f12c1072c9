import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AstrBotError } from '@astrbot/core'
import { Busboy, type BusboyFileStream } from '@fastify/busboy'
import { UploadedFile } from './uploaded-file.ts'

/** Where the files of a form go, and how much may come. Sizes are bytes. */
export interface MultipartOptions {
  folder: string
  /** Of one file. */
  file: number
  /** Of the whole body. */
  body: number
}

const mostParts = 1000
const longestField = 1024 * 1024

/** A form as it came: texts and files by name, a list where a name came more than once. */
export type Form = Record<string, unknown>

/**
 * Reads a multipart form. Files go to disk while they arrive: memory stays flat, whatever their size. Whoever gets the
 * form discards its files (`filesOf`); when reading fails, nothing is left of them.
 *
 * @throws malformed_multipart, payload_too_large
 */
export async function readMultipart(request: Request, options: MultipartOptions): Promise<Form> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > options.body) throw new AstrBotError('payload_too_large', { limit: options.file })
  const reading = new Reading(options)
  try {
    return await reading.form(request)
  } catch (error) {
    await reading.discard()
    throw error
  }
}

/** The files among the values of a form. */
export function filesOf(form: unknown): UploadedFile[] {
  if (typeof form !== 'object' || form === null) return []
  return Object.values(form)
    .flat()
    .filter(value => value instanceof UploadedFile)
}

/** One form on its way in. */
class Reading {
  readonly #options: MultipartOptions
  readonly #parts: [name: string, value: string | Promise<UploadedFile>][] = []
  readonly #failure = new AbortController()

  constructor(options: MultipartOptions) {
    this.#options = options
  }

  async form(request: Request): Promise<Form> {
    if (!request.body) throw new AstrBotError('malformed_multipart')
    const parser = this.#parser(request.headers.get('content-type') ?? '')
    const { signal } = this.#failure
    try {
      await pipeline(Readable.fromWeb(request.body), counted(this.#options), parser, { signal })
    } catch (error) {
      this.#fail(error)
    }
    const form: Form = Object.create(null)
    for (const [name, value] of this.#parts) {
      const arrived = typeof value === 'string' ? value : await value.catch(() => undefined)
      const before = form[name]
      form[name] = before === undefined ? arrived : [before, arrived].flat()
    }
    if (signal.aborted) throw publicReason(signal.reason)
    return form
  }

  async discard(): Promise<void> {
    for (const [, value] of this.#parts)
      if (typeof value !== 'string') await value.then(file => file.discard()).catch(() => {})
  }

  #parser(contentType: string): Writable {
    const parser = parserOf(contentType, this.#options.file)
    parser.on('field', (name, value, _, isCut) => {
      if (isCut) this.#fail(new AstrBotError('payload_too_large', { limit: longestField }))
      else this.#parts.push([name ?? '', value])
    })
    parser.on('file', (name, stream, filename, _, type) => {
      const file = this.#save(stream, filename ?? '', type)
      // Every failure ends the whole reading; `form` looks at what became of the file.
      file.catch((error: unknown) => this.#fail(error))
      this.#parts.push([name ?? '', file])
    })
    parser.on('partsLimit', () => this.#fail(new AstrBotError('malformed_multipart')))
    return parser
  }

  async #save(stream: BusboyFileStream, filename: string, type: string): Promise<UploadedFile> {
    const path = join(this.#options.folder, randomUUID())
    stream.once('limit', () => this.#fail(new AstrBotError('payload_too_large', { limit: this.#options.file })))
    try {
      const sink = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
      await pipeline(stream, sink, { signal: this.#failure.signal })
      return await UploadedFile.at(path, decodeName(filename), type)
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
  }

  /** What breaks first is the reason; the rest follows from it. */
  #fail(error: unknown): void {
    if (!this.#failure.signal.aborted) this.#failure.abort(error)
  }
}

function parserOf(contentType: string, fileSize: number): InstanceType<typeof Busboy> {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      preservePath: true,
      limits: { fieldSize: longestField, fileSize, parts: mostParts, headerSize: 16 * 1024 },
    })
  } catch (error) {
    throw new AstrBotError('malformed_multipart', {}, {}, { cause: error })
  }
}

/** Lets a body through until it is too long. */
function counted({ body, file }: MultipartOptions): Transform {
  let size = 0
  return new Transform({
    transform(chunk: Uint8Array, _, done) {
      size += chunk.byteLength
      if (size > body) done(new AstrBotError('payload_too_large', { limit: file }))
      else done(null, chunk)
    },
  })
}

/** Browsers write quotes and line breaks in a file's name this way. */
function decodeName(filename: string): string {
  return filename.replace(/%22/g, '"').replace(/%0A/gi, '\n').replace(/%0D/gi, '\r')
}

/** A full disk is ours to mend; whatever else breaks a form, the sender did. */
function publicReason(reason: unknown): unknown {
  if (reason instanceof AstrBotError) return reason
  const call = reason instanceof Error && 'syscall' in reason ? reason.syscall : undefined
  if (call === 'open' || call === 'write' || call === 'fsync') return reason
  return new AstrBotError('malformed_multipart', {}, {}, { cause: reason })
}
