import { isIP } from 'node:net'

/**
 * The address rate limits count by: the socket's peer; behind a trusted proxy the first valid one of
 * `X-Forwarded-For` and `X-Real-IP`. An IPv4 address written as IPv6 is the IPv4 address.
 */
export function clientAddress(peer: string | undefined, request: Request, trustProxy: boolean): string {
  const candidates = trustProxy
    ? [request.headers.get('x-forwarded-for')?.split(',')[0], request.headers.get('x-real-ip')]
    : []
  for (const candidate of [...candidates, peer]) {
    const address = candidate?.trim().replace(/^::ffff:/i, '') ?? ''
    if (isIP(address) === 4) return address
    if (isIP(address) === 6) return network(address)
  }
  return 'unknown'
}

/** One caller commonly holds a whole /64 of IPv6 addresses: the network counts. */
function network(address: string): string {
  const [head = '', tail = ''] = address.split('%', 1)[0]?.split('::') ?? []
  const left = head.split(':').filter(Boolean)
  const right = tail.split(':').filter(Boolean)
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  const groups = [...left, ...zeros, ...right].slice(0, 4).map(group => Number.parseInt(group, 16).toString(16))
  return `${groups.join(':')}::/64`
}
