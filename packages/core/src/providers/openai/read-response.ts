import { VendorFailure } from '../failure.ts'
import type { ModelEvent } from '../model.ts'
import { listField } from '../untrusted.ts'
import { AnswerReader } from './answer.ts'
import { sseData } from './sse-data.ts'
import { wordsOfFetchError } from './words.ts'

const endMark = '[DONE]'

/** The events of a successful response: a stream, or the whole, with which some servers answer a request for a stream. */
export async function* readResponse(response: Response, streaming: boolean): AsyncGenerator<ModelEvent[]> {
  try {
    if (!streaming || response.headers.get('content-type')?.includes('application/json')) {
      yield readWhole(await response.text())
    } else if (response.body) yield* readStream(response.body)
    else throw new VendorFailure('unreadable', 'The answer has no body')
  } catch (error) {
    // This is how `fetch` says that the connection broke.
    if (!(error instanceof TypeError && error.message === 'terminated')) throw error
    throw new VendorFailure('broken', wordsOfFetchError(error), { cause: error })
  }
}

function readWhole(text: string): ModelEvent[] {
  const reader = new AnswerReader()
  const answer = parse(text)
  const events = reader.read(answer)
  if (listField(answer, 'choices').length === 0) throw new VendorFailure('unreadable', 'The answer has no choices')
  return [...events, ...reader.end()]
}

async function* readStream(body: ReadableStream<Uint8Array>): AsyncGenerator<ModelEvent[]> {
  const reader = new AnswerReader()
  let over = false
  for await (const batch of sseData(body)) {
    // Whoever asks on after the end waits for the connection to be free again.
    if (over) continue
    over = batch.includes(endMark)
    const { events, failure } = readBatch(reader, batch)
    if (over && !failure) events.push(...reader.end())
    // What came before a failure is said before it.
    if (events.length > 0) yield events
    if (failure) throw failure
  }
  if (over) return
  if (!reader.finished) throw new VendorFailure('broken', 'The stream ended before the answer did')
  yield reader.end()
}

function readBatch(reader: AnswerReader, batch: string[]): { events: ModelEvent[]; failure?: VendorFailure } {
  const events: ModelEvent[] = []
  for (const data of batch) {
    if (data === endMark) break
    if (data === '') continue
    try {
      for (const event of reader.read(parse(data))) events.push(event)
    } catch (error) {
      if (error instanceof VendorFailure) return { events, failure: error }
      throw error
    }
  }
  return { events }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new VendorFailure('unreadable', `Not JSON: ${text.slice(0, 200)}`)
  }
}
