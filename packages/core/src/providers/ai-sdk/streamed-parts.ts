import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { VendorFailure } from '../failure.ts'
import type { ModelEvent } from '../model.ts'
import type { VendorAnswer } from '../vendor-call.ts'
import type { PartReader } from './events.ts'
import { asVendorFailure } from './failure.ts'

/** A stream of the AI SDK, as events. */
export class StreamedParts implements VendorAnswer {
  readonly #stream: ReadableStreamDefaultReader<LanguageModelV4StreamPart>
  readonly #parts: PartReader
  readonly #signal: AbortSignal
  #finished = false

  constructor(stream: ReadableStream<LanguageModelV4StreamPart>, parts: PartReader, signal: AbortSignal) {
    this.#stream = stream.getReader()
    this.#parts = parts
    this.#signal = signal
  }

  async next(): Promise<ModelEvent[] | undefined> {
    try {
      for (;;) {
        const { done, value } = await this.#stream.read()
        if (done && this.#finished) return undefined
        if (done) throw new VendorFailure('broken', 'The stream ended before the answer did')
        const events = this.#parts.read(value)
        this.#finished ||= value.type === 'finish'
        if (events.length > 0) return events
      }
    } catch (error) {
      throw this.#signal.aborted ? error : asVendorFailure(error)
    }
  }
}
