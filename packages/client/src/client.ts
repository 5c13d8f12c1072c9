import { type Chat, createChat } from './chat/chat.ts'
import { createHttpClient, type HttpClient } from './http/client.ts'
import type { ClientOptions } from './options.ts'

/** A client of one AstrBot server: calls by path, and `chat`. */
export interface AstrBotClient extends HttpClient {
  readonly chat: Chat
}

/**
 * Makes a client. It holds no connection and needs no closing.
 * @example
 * const client = createClient({ baseUrl: 'http://127.0.0.1:6185', apiKey: 'abk_…', username: 'ada' })
 * const { text } = await client.chat.send({ message: 'Hello' })
 */
export function createClient(options: ClientOptions): AstrBotClient {
  const client = createHttpClient(options)
  return { ...client, chat: createChat(client.transport) }
}
