/** Something that can be read in any order, and again: a `Blob` and a `File` are. */
export interface Sliceable {
  readonly size: number
  readonly name?: string | undefined
  readonly type?: string | undefined
  slice(start: number, end: number): Blob | Promise<Blob>
}

/** What can be uploaded. A path is read on Node alone; a stream is read once. */
export type UploadSource =
  | Sliceable
  | Uint8Array<ArrayBuffer>
  | ArrayBuffer
  | AsyncIterable<Uint8Array<ArrayBuffer>>
  | ReadableStream<Uint8Array<ArrayBuffer>>
  | { path: string }

/** A source with everything an upload asks about it. */
export interface OpenSource extends Sliceable {
  /** In their order, for sources that can be read only so. */
  readonly inOrder: boolean
  close(): Promise<void>
}

/** @param size bytes of a stream, where they are known; otherwise it is read to its end first */
export async function openSource(source: UploadSource, size: number | undefined): Promise<OpenSource> {
  if ('path' in source) return (await import('./node-file.ts')).openNodeFile(source.path)
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return whole(new Blob([source]))
  if ('slice' in source) return whole(source)
  const chunks: AsyncIterable<Uint8Array<ArrayBuffer>> = source instanceof ReadableStream ? chunksOf(source) : source
  if (size !== undefined) return streamed(chunks[Symbol.asyncIterator](), size)
  const parts: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return whole(new Blob(parts))
}

function whole(source: Sliceable): OpenSource {
  const { size, name, type } = source
  return { size, name, type, inOrder: false, slice: (start, end) => source.slice(start, end), close: async () => {} }
}

/** A stream that is cut as it comes. */
function streamed(chunks: AsyncIterator<Uint8Array<ArrayBuffer>>, size: number): OpenSource {
  let rest = new Blob([])
  let at = 0
  return {
    size,
    inOrder: true,
    async slice(start, end) {
      const parts = [rest]
      for (let have = at + rest.size; have < end; ) {
        const { done, value } = await chunks.next()
        if (done) throw new RangeError(`The stream ended after ${have} of ${size} bytes`)
        parts.push(new Blob([value]))
        have += value.byteLength
      }
      const all = new Blob(parts)
      const cut = all.slice(start - at, end - at)
      rest = all.slice(end - at)
      at = end
      return cut
    },
    async close() {
      await chunks.return?.()
    },
  }
}

/** Not every browser can loop over a stream. */
async function* chunksOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    // Nobody waits for this; a stream that broke refuses it.
    reader.cancel().catch(() => {})
  }
}
