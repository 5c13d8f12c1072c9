import { type FileHandle, open } from 'node:fs/promises'
import type { ByteRange } from './range.ts'

const pieceBytes = 128 * 1024

/** A piece of a body: bytes as they are, or a range of the file. */
export type BodyPiece = Uint8Array | ByteRange

/**
 * A body made of pieces of a file. The reader sets the pace. The file is opened when the first byte is wanted (an answer
 * to HEAD never wants one) and closed with the last, or when the reader goes away.
 */
export function fileStream(path: string, pieces: readonly BodyPiece[]): ReadableStream<Uint8Array> {
  const source = bytesOf(path, pieces)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await source.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await source.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}

async function* bytesOf(path: string, pieces: readonly BodyPiece[]): AsyncGenerator<Uint8Array, undefined> {
  let handle: FileHandle | undefined
  try {
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) {
        yield piece
        continue
      }
      handle ??= await open(path, 'r')
      for (let at = piece.first; at <= piece.last; ) {
        const length = Math.min(pieceBytes, piece.last - at + 1)
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, at)
        // The length is already promised: a cut connection tells the reader that the rest is missing.
        if (bytesRead === 0) throw new Error('a file became shorter while it was sent')
        yield buffer.subarray(0, bytesRead)
        at += bytesRead
      }
    }
  } finally {
    await handle?.close()
  }
}
