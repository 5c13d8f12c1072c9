import { VendorFailure } from '../failure.ts'

// Far above any real line (a whole image in base64 fits), far below what hurts.
const longestLine = 32 * 1024 * 1024

/** The `data` of the server-sent events in a response body, those that arrived together at once. */
export async function* sseData(body: ReadableStream<Uint8Array>): AsyncGenerator<string[]> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      rest += done ? `${decoder.decode()}\n` : decoder.decode(value, { stream: true })
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > longestLine) throw new VendorFailure('unreadable', 'A line of the answer has no end')
      const data = lines.filter(line => line.startsWith('data:')).map(line => line.slice(5).trim())
      if (data.length > 0) yield data
      if (done) return
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}
