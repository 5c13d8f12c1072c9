import { during } from '../errors/astrbot-error.ts'
import { ProtocolError } from '../errors/call-errors.ts'
import type { Answer } from '../http/read.ts'
import type { CallInit } from '../http/request.ts'
import type { Transport } from '../http/transport.ts'
import { unwrap } from '../http/unwrap.ts'
import { isEventStream } from './events.ts'

/**
 * Asks for a stream of events.
 * @throws APIError also where AstrBot refuses with status 200 and JSON
 */
export async function openStream(transport: Transport, method: string, path: string, init?: CallInit): Promise<Answer> {
  const answer = await transport.open(method, path, init)
  if (isEventStream(answer)) return answer
  await unwrap(answer)
  throw during(answer.operation, new ProtocolError('Expected a stream of events'))
}
