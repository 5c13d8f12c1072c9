import type { ChatOptions } from '../chat/options.ts'
import { toBody } from '../chat/options.ts'
import type { ChatInput } from '../chat/types.ts'
import type { ClientOptions } from '../options.ts'
import type { SocketPath } from './address.ts'

/** A socket that carries chat, and the dialect it speaks. */
export interface Endpoint {
  path: SocketPath
  /** Marks its frames with `ct: chat`, binds sessions, takes `interrupt`, and makes no sessions by itself. */
  unified: boolean
  /** Further fields of the address. */
  query: Record<string, string | undefined>
}

/**
 * - `chat`: `/api/v1/chat/ws`, for API keys; AstrBot itself answers one message after the other there.
 * - `unified`: `/api/v1/unified-chat/ws`, for dashboard tokens.
 * - `live`: `/api/v1/live/ws?ct=chat`, the dialect of `unified` for API keys; AstrBot itself does not serve it.
 */
export type EndpointName = 'chat' | 'unified' | 'live'

export function endpointOf(name: EndpointName, username: string | undefined): Endpoint {
  if (name === 'chat') return { path: '/api/v1/chat/ws', unified: false, query: {} }
  if (name === 'unified') return { path: '/api/v1/unified-chat/ws', unified: true, query: {} }
  return { path: '/api/v1/live/ws', unified: true, query: { ct: 'chat', username } }
}

/** The frame that sends a message. JSON leaves out what is undefined. */
export function sendFrame(
  { unified }: Endpoint,
  id: string,
  message: ChatInput,
  sessionId: string | undefined,
  options: ChatOptions,
  client: ClientOptions,
): string {
  const body = { t: 'send', ...toBody({ ...options, message }, client, sessionId), message_id: id }
  if (!unified) return JSON.stringify(body)
  const { username, config_id, config_name, ...rest } = body as Record<string, unknown>
  const parts = typeof message === 'string' ? [{ type: 'plain', text: message }] : message
  return JSON.stringify({ ct: 'chat', ...rest, message: parts })
}
