import type { StreamEvents } from '../generated/operations.ts'
import type { paths } from '../generated/types.ts'
import type { HttpClient } from '../http/client.ts'
import type { Init, MaybeOptional, Verb } from '../http/contract-types.ts'
import type { CallInit } from '../http/request.ts'
import { eventsOf } from './events.ts'
import { openStream } from './open-stream.ts'

type OperationAt<K> = K extends `${infer M} ${infer P extends keyof paths}` ? paths[P][Lowercase<M> & Verb] : never

/**
 * The events of a stream of the contract, by method and path. The call is made when the loop begins; leaving the loop
 * closes the connection. For turns of the bot use `client.chat`, which also resumes.
 * @example for await (const event of streamEvents(client, 'GET /api/v1/logs/live')) …
 */
export async function* streamEvents<K extends keyof StreamEvents>(
  client: HttpClient,
  operation: K,
  ...[init]: MaybeOptional<Init<OperationAt<K>>>
): AsyncGenerator<StreamEvents[K], void, void> {
  const [method = '', path = ''] = operation.split(' ')
  // The boundary: the contract says what goes in and what the stream carries.
  const answer = await openStream(client.transport, method, path, init as CallInit | undefined)
  yield* eventsOf(answer) as AsyncGenerator<StreamEvents[K], void, void>
}
