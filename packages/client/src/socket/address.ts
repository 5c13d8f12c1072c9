import type { Transport } from '../http/transport.ts'

/** The sockets of the contract. */
export type SocketPath = '/api/v1/chat/ws' | '/api/v1/unified-chat/ws' | '/api/v1/live-chat/ws' | '/api/v1/live/ws'

/**
 * The address of a socket, with the credential in its query: browsers let a program set no headers. The credential is
 * asked for anew each time.
 */
export async function socketAddress(
  { options, baseUrl }: Transport,
  path: SocketPath,
  query: Record<string, string | undefined>,
): Promise<string> {
  const { token, apiKey } = options
  const secret = token ?? apiKey
  const value = typeof secret === 'function' ? await secret() : secret
  const page = (globalThis as { location?: { href: string } }).location?.href
  const url = new URL(baseUrl + path, page)
  url.protocol = url.protocol.replace('http', 'ws')
  if (value) url.searchParams.set(token ? 'token' : 'api_key', value)
  for (const [name, text] of Object.entries(query)) if (text !== undefined) url.searchParams.set(name, text)
  return url.href
}
