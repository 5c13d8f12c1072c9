import { type Operations, operationTable } from '../generated/operations.ts'
import type { HttpClient } from '../http/client.ts'
import type { CallInit } from '../http/request.ts'
import { unwrap } from '../http/unwrap.ts'
import { eventsOf, isEventStream } from '../sse/events.ts'

export type { Operations } from '../generated/operations.ts'
export type { Call, CallOptions, CallResult, OperationName } from './call.ts'

type Named = Omit<CallInit, 'params'> & CallInit['params']

/**
 * Every operation of the contract by its name. In a subpath of its own, because the table of all paths is larger than
 * the rest of the client.
 * @example
 * const api = operations(client)
 * const { history } = await api.getChatSession({ path: { session_id }, query: { username: 'ada' } })
 */
export function operations(client: HttpClient): Operations {
  const api: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries(operationTable)) {
    const [method = '', address = '', scope] = entry.split(' ')
    api[name] = async ({ path, query, header, ...init }: Named = {}) => {
      const params = { ...(path && { path }), ...(query && { query }), ...(header && { header }) }
      const answer = await client.transport.open(method, address, { ...init, params }, scope)
      return isEventStream(answer) ? eventsOf(answer) : unwrap(answer, scope)
    }
  }
  // The boundary: the table has one entry for each member of the interface, by its type.
  return api as unknown as Operations
}
