import { describe, expect, it } from 'vitest'
import { clientAddress } from './client-address.ts'

const request = (headers: Record<string, string>) => new Request('http://x/', { headers })

describe('clientAddress', () => {
  it.each([
    ['10.0.0.1', {}, false, '10.0.0.1'],
    ['::ffff:10.0.0.1', {}, false, '10.0.0.1'],
    ['10.0.0.1', { 'x-forwarded-for': '1.2.3.4' }, false, '10.0.0.1'],
    ['10.0.0.1', { 'x-forwarded-for': '1.2.3.4, 5.6.7.8' }, true, '1.2.3.4'],
    ['10.0.0.1', { 'x-forwarded-for': 'unknown', 'x-real-ip': '9.9.9.9' }, true, '9.9.9.9'],
    ['2001:db8::1', {}, false, '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', {}, false, '2001:db8:1:2::/64'],
    ['::1', {}, false, '0:0:0:0::/64'],
    [undefined, {}, false, 'unknown'],
  ])('counts %s with %o (trusted: %s) as %s', (peer, headers, trusted, expected) => {
    expect(clientAddress(peer, request(headers), trusted)).toBe(expected)
  })
})
