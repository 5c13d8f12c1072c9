import type { ChatEvent, NumberedEvent } from '@astrbot/core'
import { EventStream, type StreamItem } from './http/event-stream.ts'

/** The events of a run, each with the number under which it can be resumed. */
export function runStream(
  runId: string,
  batches: AsyncIterable<NumberedEvent[]>,
  snapshot?: { revision: number },
): EventStream<ChatEvent> {
  return new EventStream<ChatEvent>(items(runId, batches, snapshot))
}

async function* items(
  runId: string,
  batches: AsyncIterable<NumberedEvent[]>,
  snapshot: { revision: number } | undefined,
): AsyncGenerator<StreamItem<ChatEvent>[]> {
  if (snapshot) {
    const event = { type: 'run_snapshot', data: snapshot } as ChatEvent
    yield [{ id: `${runId}:${snapshot.revision}`, event }]
  }
  for await (const batch of batches) yield batch.map(({ seq, event }) => ({ id: `${runId}:${seq}`, event }))
}
