import { type Answer, chunksOf } from '../http/read.ts'
import { parseJson } from '../http/unwrap.ts'
import { createSseDecoder, type ServerEvent } from './decoder.ts'

/** Whether the answer is a stream of events. */
export function isEventStream({ response }: Answer): boolean {
  return !!response.headers.get('content-type')?.startsWith('text/event-stream')
}

/** The events of an answer as they arrive. Leaving early closes the connection. */
export async function* serverEventsOf(
  answer: Answer,
  onRetry?: (milliseconds: number) => void,
): AsyncGenerator<ServerEvent> {
  const decoder = createSseDecoder()
  const utf8 = new TextDecoder()
  for await (const chunk of chunksOf(answer)) {
    yield* decoder.decode(utf8.decode(chunk, { stream: true }))
    if (decoder.retry !== undefined) onRetry?.(decoder.retry)
  }
}

/** The JSON that each event carries. */
export async function* eventsOf(answer: Answer): AsyncGenerator<unknown> {
  for await (const { data } of serverEventsOf(answer)) yield parseJson(data, answer.operation)
}
