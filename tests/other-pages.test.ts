import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pathOf } from './support/contract.ts'
import { TestServer } from './support/server.ts'

// What pages and programs from elsewhere cannot do with what they have no part in.

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start({ env: { ASTRBOT_CORS_ORIGINS: 'https://app.example' } })
})
afterAll(() => server[Symbol.asyncDispose]())

describe('the cookie of the dashboard', () => {
  const ask = (headers: Record<string, string>, id: 'createPersonaFolder' | 'listPersonas' = 'createPersonaFolder') => {
    const token = server.credentials.token['authorization']?.slice('Bearer '.length) ?? ''
    const cookie = { cookie: `astrbot_dashboard_jwt=${token}` }
    const json = id === 'listPersonas' ? {} : { json: { name: 'Folder' } }
    return server.call(id, { as: 'nobody', headers: { ...cookie, ...headers }, ...json })
  }

  it.each(['same-site', 'cross-site'])('changes nothing for a %s page', async from => {
    const answer = await ask({ 'sec-fetch-site': from, origin: 'http://localhost:3000' })
    expect(answer).toMatchObject({ status: 403, error: { code: 'origin_not_allowed' } })
    expect((await ask({ 'sec-fetch-site': from })).status).toBe(403)
  })

  it('serves our own pages, those of the allowed origins, and programs', async () => {
    expect((await ask({ 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    expect((await ask({ 'sec-fetch-site': 'cross-site', origin: 'https://app.example' })).status).toBe(200)
    expect((await ask({})).status).toBe(200)
    // Browsers themselves keep pages from reading the answer.
    expect((await ask({ 'sec-fetch-site': 'same-site' }, 'listPersonas')).status).toBe(200)
  })

  it('does not stand in the way of those who show a token or key', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' }
    const answer = await server.call('createPersonaFolder', { headers, json: { name: 'By token' } })
    expect(answer.status).toBe(200)
  })
})

it('a socket that was refused takes no more from its caller', async () => {
  const { hostname, port } = new URL(server.url)
  const socket = connect({ host: hostname, port: Number(port) })
  const closed = new Promise<void>(resolve => socket.on('close', () => resolve()))
  socket.on('error', () => {})
  const head = ['Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
  socket.write(
    `GET ${pathOf('openChatWebSocket')}?api_key=abk_wrong HTTP/1.1\r\n${head.join('\r\n')}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  const answer = await new Promise<string>(resolve => socket.once('data', data => resolve(String(data))))
  expect(answer).toContain('101')
  // The head of a masked frame that announces fifteen megabytes, which would have to be kept until they are all there.
  socket.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0xf0, 0, 0, 1, 2, 3, 4]))
  const started = performance.now()
  const drip = setInterval(() => socket.write(Buffer.alloc(1024)), 20)
  await closed
  clearInterval(drip)
  expect(performance.now() - started).toBeLessThan(5000)
})

it('a handshake at what is no address is answered like any other request', async () => {
  const { hostname, port } = new URL(server.url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.write('GET // HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  const answer = await new Promise<string>(resolve => {
    socket.once('data', data => resolve(String(data)))
    socket.once('close', () => resolve('nothing'))
  })
  expect(answer).toContain('404')
  expect(server.accidents).toEqual([])
})
