import { type AstrBotClient, createClient } from '@astrbot/client'
import { type EndpointName, openSocket } from '@astrbot/client/socket'
import { upload } from '@astrbot/client/upload'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { TestServer } from '../support/server.ts'

let server: TestServer
let clients: Record<EndpointName, AstrBotClient>

beforeAll(async () => {
  server = await TestServer.start()
  const { data } = await server.call('createApiKey', { json: { scopes: ['chat', 'file'] } })
  const key = createClient({ baseUrl: server.url, apiKey: data.api_key, username: 'socket-user', retryDelay: () => 20 })
  const token = (server.credentials.token.authorization ?? '').replace('Bearer ', '')
  clients = { chat: key, live: key, unified: createClient({ baseUrl: server.url, token, retryDelay: () => 20 }) }
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

/** Sockets that the test can cut. */
function cuttable() {
  const sockets: WebSocket[] = []
  return {
    cut() {
      for (const socket of sockets) socket.terminate()
    },
    WebSocket: class extends WebSocket {
      constructor(url: string) {
        super(url)
        sockets.push(this)
      }
    },
  }
}

const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`).join(' ')

describe.each(['chat', 'unified', 'live'] as const)('the socket of the client on this server (%s)', endpoint => {
  it('carries turns at once, with the events of HTTP', async () => {
    const client = clients[endpoint]
    await using socket = openSocket(client, { endpoint })
    const messages = ['[[say one]]', '[[say two]]', '[[slow 5 10]]']
    const streams = messages.map(message => socket.send({ message }))
    const [first, second] = streams
    if (!first || !second) throw new Error('nothing was sent')
    expect(await Promise.all(streams.map(stream => stream.text()))).toEqual(['one', 'two', words(5)])
    const kinds = async (events: AsyncIterable<{ type: string }>) => {
      const seen: string[] = []
      for await (const { type } of events) if (seen.at(-1) !== type) seen.push(type)
      return seen
    }
    expect(await kinds(first)).toEqual(await kinds(client.chat.stream({ message: messages[0] ?? '' })))
    const { sessionId, runId, stats } = await second.final()
    expect(stats?.token_usage.output).toBeGreaterThan(0)
    expect(runId).toMatch(/^[0-9a-f-]{36}$/)
    expect((await client.chat.sessions.get(sessionId ?? '')).history).toHaveLength(2)
    expect(await socket.send({ sessionId, message: '[[say more]]' }).text()).toBe('more')
  })

  it('carries more turns than run at once', async () => {
    await using socket = openSocket(clients[endpoint], { endpoint })
    const numbers = Array.from({ length: 80 }, (_, index) => index)
    const texts = await Promise.all(numbers.map(index => socket.send({ message: `[[say turn ${index}]]` }).text()))
    expect(texts).toEqual(numbers.map(index => `turn ${index}`))
  })

  it('goes on over HTTP where the connection broke, and sends on a new one', async () => {
    const { cut, WebSocket } = cuttable()
    await using socket = openSocket(clients[endpoint], { endpoint, WebSocket })
    const stream = socket.send({ message: '[[slow 30 20]]' })
    const pieces: string[] = []
    for await (const piece of stream.textStream) if (pieces.push(piece) === 5) cut()
    expect(pieces.join('')).toBe(words(30))
    expect(await socket.send({ message: '[[say back]]' }).text()).toBe('back')
  })

  it('finds out whether a message arrived whose connection broke at once', async () => {
    const { cut, WebSocket } = cuttable()
    await using socket = openSocket(clients[endpoint], { endpoint, WebSocket })
    await socket.opened()
    const message = `[[say arrived ${endpoint}]]`
    // However far the message has come by then.
    for (const wait of [0, 4, 15]) {
      const stream = socket.send({ message })
      await new Promise(resolve => setTimeout(resolve, wait))
      cut()
      const { text, sessionId } = await stream.final()
      expect(text).toBe(`arrived ${endpoint}`)
      expect((await clients[endpoint].chat.sessions.get(sessionId ?? '')).history).toHaveLength(2)
      await socket.opened()
    }
  })

  it('interrupts a turn', async () => {
    await using socket = openSocket(clients[endpoint], { endpoint })
    const stream = socket.send({ message: '[[slow 400 20]]' })
    let heard = 0
    for await (const event of stream) {
      if (event.type === 'plain' && ++heard === 3) await socket.interrupt(stream)
    }
    expect((await stream.final()).text).toMatch(/^w0 w1 w2/)
    expect(heard).toBeLessThan(200)
    expect(await socket.send({ message: '[[say next]]' }).text()).toBe('next')
  })

  it('answers heartbeats', async () => {
    await using socket = openSocket(clients[endpoint], { endpoint, heartbeat: 20 })
    await socket.opened()
    await expect.poll(() => socket.latency).toBeDefined()
  })

  it('tells broken turns and refused messages as HTTP does', async () => {
    await using socket = openSocket(clients[endpoint], { endpoint })
    await expect(socket.send({ message: '[[fail 401]]' }).text()).rejects.toMatchObject({
      code: 'provider_auth_failed',
    })
    await expect(socket.send({ message: [] }).text()).rejects.toMatchObject({ code: 'message_empty' })
  })

  it('is refused by type', async () => {
    const credential = endpoint === 'unified' ? { token: 'wrong' } : { apiKey: 'abk_wrong', username: 'x' }
    await using socket = openSocket(createClient({ baseUrl: server.url, ...credential }), { endpoint })
    await expect(socket.opened()).rejects.toMatchObject({ name: 'AuthenticationError', status: 401 })
  })
})

it('a message that is sent twice under one id is answered once', async () => {
  const { options } = clients.chat.transport
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/chat/ws?api_key=${options.apiKey}`)
  const frame = { t: 'send', message_id: crypto.randomUUID(), username: 'twice', message: '[[say once]]' }
  const send = () => socket.send(JSON.stringify(frame))
  const frames: { type: string; code?: string; message_id?: string }[] = []
  socket.on('message', data => frames.push(JSON.parse(String(data))))
  socket.on('open', send)
  await expect.poll(() => frames.at(-1)?.type).toBe('end')
  send()
  await expect
    .poll(() => frames.at(-1))
    .toMatchObject({ type: 'error', code: 'DUPLICATE', message_id: frame.message_id })
  socket.close()
  const page = await clients.chat.chat.sessions.list({ username: 'twice' })
  expect(page.total).toBe(1)
})

describe('uploads of the client on this server', () => {
  const bytes = new Uint8Array(2_500_000).map((_, index) => index % 251)

  it('go in chunks, with progress, and are what was sent', async () => {
    const told: number[] = []
    const onProgress = ({ sent }: { sent: number }) => told.push(sent)
    const stored = await upload(clients.chat, new Blob([bytes]), { name: 'data.bin', onProgress })
    expect(told).toEqual([1048576, 2097152, 2_500_000])
    const path = { attachment_id: stored.attachment_id }
    const back = await clients.chat.get('/api/v1/files/{attachment_id}/content', { params: { path } })
    expect(Buffer.compare(new Uint8Array(await back.arrayBuffer()), bytes)).toBe(0)
  })

  it('become attachments of messages, over HTTP and sockets', async () => {
    const client = clients.chat
    const notes = new File(['notes'], 'notes.txt', { type: 'text/plain' })
    const first = await client.chat.send({ message: '[[say read]]', attachments: [notes] })
    await using socket = openSocket(client)
    const { sessionId } = first
    await socket.send({ message: '[[say read]]', sessionId, attachments: [upload(client, notes)] }).text()
    const { history } = await client.chat.sessions.get(sessionId ?? '')
    const sent = history.filter(({ content }) => content.type === 'user').map(({ content }) => content.message)
    for (const parts of sent) expect(parts.map(({ type }) => type)).toEqual(['plain', 'file'])
    expect(sent).toHaveLength(2)
  })
})
