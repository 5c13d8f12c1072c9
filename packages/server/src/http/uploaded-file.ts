import { openAsBlob } from 'node:fs'
import { rm } from 'node:fs/promises'

/**
 * A file of a multipart request, on disk. It is a `File`, read from there when somebody asks for its bytes; a domain that
 * keeps it moves it away from `path` instead. What is left there disappears with the request.
 */
export class UploadedFile extends File {
  override readonly size: number
  readonly path: string
  readonly #bytes: Blob

  private constructor(path: string, bytes: Blob, name: string, type: string) {
    super([], name, { type })
    this.size = bytes.size
    this.path = path
    this.#bytes = bytes
  }

  /** @param type the media type its part declared, or an empty text */
  static async at(path: string, name: string, type: string): Promise<UploadedFile> {
    return new UploadedFile(path, await openAsBlob(path), name, type)
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.arrayBuffer()
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.#bytes.arrayBuffer())
  }

  override text(): Promise<string> {
    return this.#bytes.text()
  }

  override stream(): ReturnType<Blob['stream']> {
    return this.#bytes.stream()
  }

  override slice(start?: number, end?: number, type?: string): Blob {
    return this.#bytes.slice(start, end, type)
  }

  async discard(): Promise<void> {
    await rm(this.path, { force: true })
  }
}

/** The file of a multipart field, which the contract's type calls a Blob. */
export function uploaded(file: Blob): UploadedFile {
  if (!(file instanceof UploadedFile)) throw new Error('a file did not come through the multipart reader')
  return file
}
