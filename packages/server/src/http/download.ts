import type { Call } from '../handler.ts'
import { securityHeaders } from './respond.ts'

/**
 * Sends a text as a file to save. It leaves piece by piece, at the pace of the reader.
 * @param filename letters, digits, `.`, `_` and `-` only
 */
export function download(call: Call, text: AsyncIterable<string>, mediaType: string, filename: string): Response {
  const pieces = text[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      async cancel() {
        await pieces.return?.()
      },
    },
    { highWaterMark: 0 },
  )
  const headers = {
    ...securityHeaders,
    'Content-Type': mediaType,
    'Content-Disposition': `attachment; filename="${filename}"`,
    'Cache-Control': 'no-store',
    'X-Request-Id': call.requestId,
  }
  return new Response(body, { headers })
}
