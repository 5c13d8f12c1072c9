import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type AddressPolicy, guardedLookup, mayReach, refuseHost, safeFetch } from './safe-fetch.ts'

const open: AddressPolicy = { privateAddresses: 'allow' }
const strict: AddressPolicy = { privateAddresses: 'refuse' }

describe('addresses', () => {
  test.each([
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    'fd20:ce::254',
    '168.63.129.16',
    '192.0.0.192',
    '::169.254.169.254',
    '2002:a9fe:a9fe::',
    '64:ff9b::169.254.169.254',
  ])('%s is never reached', address => {
    expect([mayReach(address, open), mayReach(address, strict)]).toEqual([false, false])
  })

  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '::1',
    'fd12::1',
    '0.0.0.0',
    '::ffff:127.0.0.1',
    '::127.0.0.1',
    '2002:7f00:1::1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::1',
    'fec0::1',
  ])('%s is local', address => {
    expect([mayReach(address, open), mayReach(address, strict)]).toEqual([true, false])
  })

  test.each(['1.1.1.1', '2606:4700::1111', '172.32.0.1'])('%s is public', address => {
    expect([mayReach(address, open), mayReach(address, strict)]).toEqual([true, true])
  })

  test.each([
    'http://169.254.169.254/',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://[::ffff:169.254.169.254]/',
    'file:///etc/passwd',
  ])('%s is refused in every notation', address => {
    expect(() => refuseHost(new URL(address), open)).toThrow('not allowed')
  })

  test('names are judged by what they resolve to', async () => {
    const resolve = (policy: AddressPolicy) =>
      new Promise((done, fail) =>
        guardedLookup(policy)('localhost', { all: true }, (error, found) => (error ? fail(error) : done(found))),
      )
    expect(await resolve(open)).toContainEqual({ address: '127.0.0.1', family: 4 })
    await expect(resolve(strict)).rejects.toThrow('localhost')
  })
})

test('redirects are judged like the first address, and answers have an end', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/away') response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
    else if (request.url === '/on') response.writeHead(302, { location: '/' }).end()
    else response.end('x'.repeat(100))
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const options = { policy: open, maxBytes: 100, timeoutMs: 1000, redirects: 1 }
  expect((await safeFetch(fetch, `${url}/on`, {}, options)).body).toHaveLength(100)
  expect((await safeFetch(fetch, `${url}/on`, {}, { ...options, redirects: 0 })).status).toBe(302)
  await expect(safeFetch(fetch, `${url}/away`, {}, options)).rejects.toThrow('169.254.169.254')
  await expect(safeFetch(fetch, url, {}, { ...options, maxBytes: 99 })).rejects.toThrow('99 bytes')
  await expect(safeFetch(fetch, url, {}, { ...options, policy: strict })).rejects.toThrow('not allowed')
  server.closeAllConnections()
  server.close()
})
