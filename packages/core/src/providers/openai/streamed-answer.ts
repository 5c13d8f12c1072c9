import { VendorFailure } from '../failure.ts'
import type { ModelEvent } from '../model.ts'
import type { VendorAnswer } from '../vendor-call.ts'
import { parseAnswer } from './answer-reader.ts'
import { asConnectionFailure } from './connection-failure.ts'
import { SseLines } from './sse-lines.ts'

const endMark = '[DONE]'

/** Makes events of the chunks of one answer. */
export interface ChunkReader {
  /** True once the model said why it stopped. */
  readonly finished: boolean
  /** True once nothing follows that counts. */
  readonly over?: boolean
  /** One chunk; its events join `events`. Throws the failure that a chunk may report. */
  read(chunk: unknown, events: ModelEvent[]): void
  /** The events that end the answer join `events`. */
  end(events: ModelEvent[]): void
}

/** A stream of chunks, as events. */
export class StreamedAnswer implements VendorAnswer {
  readonly #body: ReadableStreamDefaultReader<Uint8Array>
  readonly #lines = new SseLines()
  readonly #reader: ChunkReader
  #over = false
  #failure: unknown

  constructor(body: ReadableStream<Uint8Array>, reader: ChunkReader) {
    this.#body = body.getReader()
    this.#reader = reader
  }

  async next(): Promise<ModelEvent[] | undefined> {
    if (this.#failure !== undefined) throw this.#failure
    for (;;) {
      const { done, value } = await this.#read()
      if (done && this.#over) return undefined
      const events: ModelEvent[] = []
      try {
        this.#take(this.#lines.push(value), events)
        if (done) this.#end(events)
      } catch (error) {
        // What came before a failure is said before it.
        if (events.length === 0) throw error
        this.#failure = error
      }
      if (events.length > 0) return events
    }
  }

  #take(lines: string[], events: ModelEvent[]): void {
    for (const data of lines) {
      // Nothing counts after the end: what still comes is read only to free the connection.
      if (this.#over) return
      if (data === endMark) this.#finish(events)
      else if (data !== '') this.#reader.read(parseAnswer(data), events)
      if (!this.#over && this.#reader.over) this.#finish(events)
    }
  }

  /** The body is over; some servers send no mark. */
  #end(events: ModelEvent[]): void {
    if (this.#over) return
    if (!this.#reader.finished) throw new VendorFailure('broken', 'The stream ended before the answer did')
    this.#finish(events)
  }

  #finish(events: ModelEvent[]): void {
    this.#over = true
    this.#reader.end(events)
  }

  async #read() {
    try {
      return await this.#body.read()
    } catch (error) {
      throw asConnectionFailure(error)
    }
  }
}
