import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startModelServer } from '@astrbot/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { version } from '../version.ts'
import { createTransport } from './http-fetch.ts'
import { asking, collect, vendorModel, vendors } from './providers.testing.ts'

let server: Awaited<ReturnType<typeof startModelServer>>
beforeAll(async () => {
  server = await startModelServer()
})
afterAll(() => server.stop())

test('large answers arrive whole, however slowly they are read', async () => {
  const big = createServer((_, response) => response.end('x'.repeat(5_000_000))).listen(0, '127.0.0.1')
  await new Promise(resolve => big.once('listening', resolve))
  const response = await createTransport()('')(`http://127.0.0.1:${(big.address() as AddressInfo).port}`)
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length < 500_000) await new Promise(resolve => setTimeout(resolve, 1))
  }
  expect(length).toBe(5_000_000)
  big.closeAllConnections()
  big.close()
})

test.each(vendors)('%s: goes through the proxy of the source', async vendor => {
  const seen: string[] = []
  const proxy = createServer((incoming, outgoing) => {
    seen.push(incoming.url ?? '')
    const { method, headers } = incoming
    incoming.pipe(
      request(incoming.url ?? '', { method, headers }, answer =>
        answer.pipe(outgoing.writeHead(answer.statusCode ?? 0, answer.headers)),
      ),
    )
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => proxy.once('listening', resolve))
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const { text } = await collect(vendorModel(vendor, server.url, { source: { proxy: address } }).run(asking('hi')))
  expect(text).toBe('You said: hi')
  expect(seen[0]).toMatch(new RegExp(`^${server.url}/`))
  proxy.closeAllConnections()
  proxy.close()
})

test.each(vendors)('%s: is told who calls, by our name or the one of the source', async vendor => {
  const agents: (string | undefined)[] = []
  const proxy = createServer((incoming, outgoing) => {
    agents.push(incoming.headers['user-agent'])
    outgoing.writeHead(400).end()
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => proxy.once('listening', resolve))
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  for (const agent of [undefined, ' ', 'mine/1 (test)']) {
    const source = agent === undefined ? {} : { custom_headers: { 'User-Agent': agent } }
    await collect(vendorModel(vendor, address, { source }).run(asking('hi'))).catch(() => undefined)
  }
  expect([...new Set(agents)]).toEqual([`astrbot/${version}`, 'mine/1 (test)'])
  proxy.close()
})

test('a proxy of an unknown kind is refused', async () => {
  const run = vendorModel('openai', server.url, { source: { proxy: 'socks5://127.0.0.1:1' } }).run(asking('hi'))
  await expect(collect(run)).rejects.toThrow(
    expect.objectContaining({ data: { cause: expect.stringContaining('Only proxies with http') } }),
  )
})
