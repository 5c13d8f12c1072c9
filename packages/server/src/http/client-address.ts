import { isIP } from 'node:net'

/**
 * The address rate limits count by: the socket's peer; behind a trusted proxy the first valid one of
 * `X-Forwarded-For` and `X-Real-IP`. An IPv4 address written as IPv6 is the IPv4 address.
 */
export function clientAddress(peer: string | undefined, request: Request, trustProxy: boolean): string {
  const candidates = trustProxy ? [request.headers.get('x-forwarded-for')?.split(',')[0], request.headers.get('x-real-ip')] : []
  for (const candidate of [...candidates, peer]) {
    const address = candidate?.trim().replace(/^::ffff:/i, '') ?? ''
    if (isIP(address) !== 0) return address
  }
  return 'unknown'
}
