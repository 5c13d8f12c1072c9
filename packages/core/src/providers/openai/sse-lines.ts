import { VendorFailure } from '../failure.ts'

// Far above any real line (a whole image in base64 fits), far below what hurts.
const longestLine = 32 * 1024 * 1024

/** Finds the `data` of server-sent events in a response body. Every vendor puts one JSON value on one line. */
export class SseLines {
  readonly #decoder = new TextDecoder()
  #rest = ''

  /**
   * The data that one more chunk completes.
   *
   * @param chunk undefined when the body is over
   */
  push(chunk: Uint8Array | undefined): string[] {
    const text = this.#rest + (chunk ? this.#decoder.decode(chunk, { stream: true }) : `${this.#decoder.decode()}\n`)
    const found: string[] = []
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      if (text.startsWith('data:', start)) found.push(text.slice(start + 5, end).trim())
      start = end + 1
    }
    this.#rest = text.slice(start)
    if (this.#rest.length > longestLine) throw new VendorFailure('unreadable', 'A line of the answer has no end')
    return found
  }
}
