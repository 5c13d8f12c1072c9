import { type Chat, createChat } from './chat/chat.ts'
import { type Config, createConfig } from './config/config.ts'
import { createHttpClient, type HttpClient } from './http/client.ts'
import type { ClientOptions } from './options.ts'
import { createProviders, type Providers } from './providers/providers.ts'

/** A client of one AstrBot server: calls by path, and helpers for what takes more than one call. */
export interface AstrBotClient extends HttpClient {
  readonly chat: Chat
  readonly config: Config
  readonly providers: Providers
}

/**
 * Makes a client. It holds no connection and needs no closing.
 * @example
 * const client = createClient({ baseUrl: 'http://127.0.0.1:6185', apiKey: 'abk_…', username: 'ada' })
 * const { text } = await client.chat.send({ message: 'Hello' })
 */
export function createClient(options: ClientOptions): AstrBotClient {
  const client = createHttpClient(options)
  const { transport } = client
  return {
    ...client,
    chat: createChat(transport),
    config: createConfig(transport),
    providers: createProviders(transport),
  }
}
