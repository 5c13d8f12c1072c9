/** One event of a stream: `id` is what a client sends back as `Last-Event-ID` to go on from there. */
export interface StreamItem<E> {
  id?: string
  event: E
}

/** A stream of events that leaves as `text/event-stream`. */
export class EventStream<E> {
  readonly items: AsyncIterable<StreamItem<E>[]>

  /** @param items batches of events in order; a batch leaves in one write */
  constructor(items: AsyncIterable<StreamItem<E>[]>) {
    this.items = items
  }
}

const encoder = new TextEncoder()
const heartbeat = encoder.encode(': heartbeat\n\n')

/**
 * Turns a stream into a response. A comment is sent after every `heartbeatMs` of silence, so that proxies keep the
 * connection. The reader sets the pace: nothing is read from the source while the socket is full.
 */
export function eventStreamResponse(stream: EventStream<unknown>, heartbeatMs: number, headers: Headers): Response {
  const source = stream.items[Symbol.asyncIterator]()
  let pending: Promise<IteratorResult<StreamItem<unknown>[]>> | undefined
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        pending ??= source.next()
        const result = await within(pending, heartbeatMs)
        if (result === undefined) {
          controller.enqueue(heartbeat)
          return
        }
        pending = undefined
        if (result.done) controller.close()
        else controller.enqueue(encoder.encode(result.value.map(frame).join('')))
      },
      async cancel() {
        await source.return?.()
      },
    },
    { highWaterMark: 0 },
  )
  headers.set('Content-Type', 'text/event-stream; charset=utf-8')
  headers.set('Cache-Control', 'no-cache')
  headers.set('X-Accel-Buffering', 'no')
  return new Response(body, { headers })
}

function frame({ id, event }: StreamItem<unknown>): string {
  const data = `data: ${JSON.stringify(event)}\n\n`
  return id === undefined ? data : `id: ${id}\n${data}`
}

async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), milliseconds)
  })
  try {
    return await Promise.race([promise, silence])
  } finally {
    clearTimeout(timer)
  }
}
