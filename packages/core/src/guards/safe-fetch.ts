import { lookup as resolveName } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { AstrBotError } from '../errors.ts'

/** Which addresses a call may reach. */
export interface AddressPolicy {
  /** This machine and its networks: allowed where local models are usual, refused where a stranger chooses the host. */
  privateAddresses: 'allow' | 'refuse'
}

/** Addresses of the cloud's own services, which hand out credentials, and those that only exist on one wire. */
const never = new BlockList()
never.addSubnet('169.254.0.0', 16, 'ipv4')
never.addAddress('100.100.100.200', 'ipv4')
never.addSubnet('fe80::', 10, 'ipv6')
never.addAddress('168.63.129.16', 'ipv4')
never.addAddress('192.0.0.192', 'ipv4')
never.addAddress('fd00:ec2::254', 'ipv6')
never.addAddress('fd20:ce::254', 'ipv6')
never.addSubnet('224.0.0.0', 4, 'ipv4')
never.addSubnet('ff00::', 8, 'ipv6')

const local = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['240.0.0.0', 4],
] as const)
  local.addSubnet(network, bits, 'ipv4')
local.addAddress('::', 'ipv6')
local.addAddress('::1', 'ipv6')
local.addSubnet('fc00::', 7, 'ipv6')
local.addSubnet('fec0::', 10, 'ipv6')
local.addSubnet('64:ff9b:1::', 48, 'ipv6')

/** Whether a call may go to an IP address. */
export function mayReach(address: string, { privateAddresses }: AddressPolicy): boolean {
  const plain = embeddedIpv4(address)
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(plain) === 0 || never.check(plain, family)) return false
  return privateAddresses === 'allow' || !local.check(plain, family)
}

/** The IPv4 address inside `::ffff:1.2.3.4`, `::1.2.3.4`, `64:ff9b::1.2.3.4` and `2002:102:304::`, in any notation. */
function embeddedIpv4(address: string): string {
  const bare = address.split('%')[0] ?? ''
  if (isIP(bare) !== 6) return bare
  const canonical = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const words =
    /^(?:::|::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ??
    /^2002:([0-9a-f]{1,4}):([0-9a-f]{1,4}):/.exec(canonical)
  if (!words) return canonical
  const [high = 0, low = 0] = words.slice(1).map(word => Number.parseInt(word, 16))
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** @throws invalid_host when the address says already that a call may not go there */
export function refuseHost(url: URL, policy: AddressPolicy): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new AstrBotError('invalid_host', { host: url.protocol })
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !mayReach(host, policy)) throw new AstrBotError('invalid_host', { host: url.host })
}

/**
 * Resolves names for a connection, and refuses at that moment: a name that pointed elsewhere when somebody looked at it
 * before gains nothing.
 */
export function guardedLookup(policy: AddressPolicy): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0)
      const allowed = found.filter(({ address }) => mayReach(address, policy))
      const [first] = allowed
      if (!first) return callback(new AstrBotError('invalid_host', { host: hostname }), '', 0)
      if (options.all) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}

/** A `fetch` that does not follow redirects by itself. */
type PlainFetch = typeof globalThis.fetch

export interface SafeFetchOptions {
  policy: AddressPolicy
  /** Bytes an answer may have. */
  maxBytes: number
  /** Milliseconds until everything must be there. */
  timeoutMs: number
  /** Redirects to follow; each is checked as the first address was. None by default. */
  redirects?: number
}

/** What came back, as a whole. */
export interface Fetched {
  status: number
  headers: Headers
  body: Uint8Array
}

/**
 * The one way to an address that somebody gave us: only http and https, no forbidden address at any step, and an end to
 * size and time.
 *
 * @param send must connect through `guardedLookup`
 * @throws invalid_host, upstream_failed when the answer is too large; whatever `send` throws
 */
export async function safeFetch(
  send: PlainFetch,
  address: string,
  init: RequestInit,
  { policy, maxBytes, timeoutMs, redirects = 0 }: SafeFetchOptions,
): Promise<Fetched> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
  let url = toUrl(address)
  for (let left = redirects; ; left--) {
    refuseHost(url, policy)
    const response = await send(url, { ...init, signal, redirect: 'manual' })
    const next = left > 0 && response.status >= 300 && response.status < 400 && response.headers.get('location')
    if (!next) return { status: response.status, headers: response.headers, body: await bounded(response, maxBytes) }
    await response.body?.cancel()
    url = toUrl(next, url.href)
  }
}

function toUrl(address: string, base?: string): URL {
  if (!(base === undefined ? URL.canParse(address) : URL.canParse(address, base)))
    throw new AstrBotError('invalid_host', { host: address.slice(0, 200) })
  return new URL(address, base)
}

async function bounded(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxBytes) throw new AstrBotError('upstream_failed', { detail: `more than ${maxBytes} bytes` })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
