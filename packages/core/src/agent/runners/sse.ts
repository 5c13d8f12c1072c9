// Far above any real event, far below what hurts.
const longest = 8 * 1024 * 1024

/** One server-sent event. */
export interface SseEvent {
  /** Empty when the stream names none. */
  event: string
  data: string
}

/** The events of a body as they arrive. @throws RangeError for one that has no end */
export async function* sseEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SseEvent, void, void> {
  const decoder = new TextDecoder()
  let rest = ''
  let event = ''
  let data: string[] = []
  for await (const text of withEnd(chunks, decoder)) {
    const lines = (rest + text).split(/\r?\n/)
    rest = lines.pop() ?? ''
    if (rest.length > longest) throw new RangeError('an event has no end')
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield { event, data: data.join('\n') }
        event = ''
        data = []
      } else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
      else if (line.startsWith('event:')) event = line.slice(6).trim()
    }
  }
}

/** The text of the chunks; a last event counts even when no blank line follows it. */
async function* withEnd(
  chunks: AsyncIterable<Uint8Array>,
  decoder: InstanceType<typeof TextDecoder>,
): AsyncGenerator<string> {
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
  yield `${decoder.decode()}\n\n`
}
