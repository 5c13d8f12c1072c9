import { peerAnswer, type SocketPeer, type SocketPeerOptions, startSocketPeer } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createClient } from '../client.ts'
import { AbortError } from '../errors/call-errors.ts'
import { type ChatSocket, DeliveryError, openSocket, type SocketEvent, type SocketOptions } from './index.ts'

const unhandled: unknown[] = []
const note = (error: unknown) => unhandled.push(error)
beforeAll(() => process.on('unhandledRejection', note))
afterAll(() => {
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

const tokens = { chat: { apiKey: 'abk_1', username: 'ada' }, unified: { token: 'abk_1' } }

/** A socket at a peer, ended with the test. */
async function pair(options: SocketOptions & { peer?: SocketPeerOptions } = {}) {
  const peer = await startSocketPeer(options.peer)
  const client = createClient({
    baseUrl: peer.url,
    retryDelay: () => 2,
    ...tokens[options.endpoint === 'unified' ? 'unified' : 'chat'],
  })
  const socket = openSocket(client, options)
  return {
    peer,
    client,
    socket,
    async [Symbol.asyncDispose]() {
      await socket.close()
      await peer[Symbol.asyncDispose]()
    },
  }
}

/** Waits until something holds. */
async function until(holds: () => boolean): Promise<void> {
  for (let left = 3000; !holds(); left--) {
    if (left === 0) throw new Error('it never held')
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

async function collect(socket: ChatSocket): Promise<SocketEvent[]> {
  const events: SocketEvent[] = []
  for await (const event of socket) events.push(event)
  return events
}

const broken = (peer: SocketPeer) => until(() => peer.connections > 0).then(() => peer.drop())

describe.each(['chat', 'unified'] as const)('a socket (%s)', endpoint => {
  it.each([false, true])('carries many turns at once, as the streams of HTTP (AstrBot: %s)', async plain => {
    await using it = await pair({ endpoint, peer: { plain } })
    const streams = ['one', 'two', 'three'].map(message => it.socket.send({ message }))
    expect(await Promise.all(streams.map(stream => stream.text()))).toEqual(['one', 'two', 'three'].map(peerAnswer))
    const kinds: string[] = []
    for await (const { type } of streams[1] ?? []) if (kinds.at(-1) !== type) kinds.push(type)
    expect(kinds).toEqual(['session_id', 'run_started', 'plain', 'complete', 'message_saved', 'end'])
    const final = await streams[2]?.final()
    expect(final).toMatchObject({ messageIds: [1], sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    expect(it.peer.connections).toBe(1)
  })

  it('tells what happens to it, and comes back', async () => {
    await using it = await pair({ endpoint })
    const events = collect(it.socket)
    await it.socket.opened()
    it.peer.drop()
    await until(() => it.peer.connections === 2)
    expect(await it.socket.send({ message: 'again' }).text()).toBe(peerAnswer('again'))
    expect(await it.socket.close()).toEqual({ unsent: [], running: [] })
    expect((await events).map(event => event.type)).toEqual(['open', 'reconnecting', 'open', 'closed'])
    expect(it.socket.state).toBe('closed')
    await expect(it.socket.send({ message: 'late' }).text()).rejects.toMatchObject({
      code: 'not_sent',
      delivered: false,
    })
    await expect(it.socket.opened()).rejects.toThrow(AbortError)
  })

  it('notices a server that has gone silent', async () => {
    await using it = await pair({ endpoint, heartbeat: 10, patience: 30 })
    await it.socket.opened()
    await until(() => it.socket.latency !== undefined)
    it.peer.freeze(true)
    await until(() => it.peer.connections > 1)
    it.peer.freeze(false)
    expect(await it.socket.send({ message: 'hi' }).text()).toBe(peerAnswer('hi'))
  })

  it('interrupts one turn and leaves the others alone', async () => {
    await using it = await pair({ endpoint, peer: { pace: 20 } })
    const [long, other] = ['long', 'other'].map(message => it.socket.send({ message }))
    const text = long?.text()
    for await (const { type } of long ?? []) if (type === 'plain') break
    await it.socket.interrupt(long)
    expect(peerAnswer('long').startsWith((await text) ?? '-')).toBe(true)
    expect((await text)?.length).toBeLessThan(peerAnswer('long').length)
    expect(await other?.text()).toBe(peerAnswer('other'))
  })

  it('is not opened with a wrong credential, and says so by type', async () => {
    await using it = await pair({ endpoint, peer: { secret: 'other' } })
    await expect(it.socket.opened())
      .rejects.toMatchObject({ name: 'AuthenticationError', status: 401 })
      .catch(() => {})
    await until(() => it.socket.state === 'closed')
    await expect(it.socket.opened()).rejects.toMatchObject({ name: 'AuthenticationError', code: 'invalid_api_key' })
    await expect(it.socket.send({ message: 'x', sessionId: 's' }).text()).rejects.toThrow(DeliveryError)
  })

  it('ends with await using; what ran goes on without it', async () => {
    await using it = await pair({ endpoint, peer: { pace: 10 } })
    let stream: ReturnType<ChatSocket['send']>
    {
      await using socket = openSocket(it.client, { endpoint })
      stream = socket.send({ message: 'going on' })
      for await (const { type } of stream) if (type === 'plain') break
    }
    await expect(stream.text()).rejects.toThrow(AbortError)
    await until(() => it.peer.taken.length === 1)
  })

  it('goes on over HTTP where the connection broke, from the next event on', async () => {
    await using it = await pair({ endpoint, peer: { faults: [{ when: 'answer', at: 4 }], pace: 5 } })
    const stream = it.socket.send({ message: 'resumed' })
    const pieces: string[] = []
    for await (const piece of stream.textStream) pieces.push(piece)
    expect(pieces.join('')).toBe(peerAnswer('resumed'))
    expect(it.peer.requests.filter(request => request.includes('/runs/'))).toHaveLength(1)
    expect(it.peer.taken).toEqual(['resumed'])
  })
})

describe('the queue of a socket', () => {
  it('keeps messages until there is a connection', async () => {
    await using it = await pair({ reconnectDelay: () => 50 })
    await it.socket.opened()
    await broken(it.peer)
    await until(() => it.socket.state === 'waiting')
    const streams = ['a', 'b'].map(message => it.socket.send({ message }))
    expect(await Promise.all(streams.map(stream => stream.text()))).toEqual(['a', 'b'].map(peerAnswer))
    expect(it.peer.taken).toEqual(['a', 'b'])
  })

  it('has a bound, and tells what was not sent', async () => {
    await using it = await pair({ reconnectDelay: () => 60_000, queueLimit: 1000 })
    await it.socket.opened()
    await broken(it.peer)
    await until(() => it.socket.state === 'waiting')
    const kept = ['x'.repeat(300), 'y'].map(message => ({ message }))
    const waiting = kept.map(message => it.socket.send(message).text())
    await Promise.resolve()
    await expect(it.socket.send({ message: 'z'.repeat(900) }).text()).rejects.toMatchObject({ code: 'queue_full' })
    expect(await it.socket.close()).toEqual({ unsent: kept, running: [] })
    for (const text of waiting) await expect(text).rejects.toMatchObject({ code: 'not_sent', delivered: false })
    expect(it.peer.taken).toEqual([])
  })

  it('does not hold messages for ever, nor ones that are too large', async () => {
    await using it = await pair({ reconnectDelay: () => 60_000, sendTimeout: 30 })
    await it.socket.opened()
    await broken(it.peer)
    await until(() => it.socket.state === 'waiting')
    await expect(it.socket.send({ message: 'x' }).text()).rejects.toMatchObject({ code: 'not_sent' })
    const huge = 'x'.repeat(17 * 1024 * 1024)
    await expect(it.socket.send({ message: huge }).text()).rejects.toMatchObject({ code: 'message_too_large' })
  })

  it('lets go of a message that is given up', async () => {
    await using it = await pair({ reconnectDelay: () => 30 })
    await it.socket.opened()
    await broken(it.peer)
    await until(() => it.socket.state === 'waiting')
    const controller = new AbortController()
    const [given, taken] = [
      it.socket.send({ message: 'a', signal: controller.signal }),
      it.socket.send({ message: 'b' }),
    ]
    await Promise.resolve()
    controller.abort()
    await expect(given.text()).rejects.toThrow(AbortError)
    await it.socket.interrupt(taken)
    await expect(taken.text()).rejects.toMatchObject({ code: 'not_sent' })
    await it.socket.opened()
    expect(await it.socket.send({ message: 'c' }).text()).toBe(peerAnswer('c'))
    expect(it.peer.taken).toEqual(['c'])
  })
})

describe('a socket', () => {
  it('throws what a refused message would throw over HTTP', async () => {
    await using peer = await startSocketPeer()
    await using socket = openSocket(createClient({ baseUrl: peer.url, apiKey: 'abk_1' }))
    await expect(socket.send({ message: 'who am I' }).text()).rejects.toMatchObject({
      name: 'APIError',
      code: 'username_missing',
    })
  })

  it('hands over what the bot says by itself, on every connection', async () => {
    await using it = await pair({ endpoint: 'unified' })
    const heard: SocketEvent[] = []
    const reading = (async () => {
      for await (const event of it.socket) if (event.type === 'message') heard.push(event)
    })()
    await it.socket.bind('s-9')
    const pushed = { type: 'plain', data: 'Lunch?', streaming: false, chain_type: null }
    it.peer.say({ ct: 'chat', ...pushed, message_id: 'ws_sub_s-9' })
    await until(() => heard.length === 1)
    it.peer.drop()
    await until(() => it.peer.frames.filter(frame => frame.t === 'bind').length === 2)
    it.peer.say({ ct: 'chat', ...pushed, message_id: 'ws_sub_s-9' })
    await until(() => heard.length === 2)
    expect(heard[1]).toMatchObject({ type: 'message', sessionId: 's-9', event: pushed })
    await it.socket.close()
    await reading
  })

  it('does not guess whether a message arrived', async () => {
    const fault = { when: 'after', at: 1 } as const
    await using it = await pair({ peer: { faults: [fault], plain: true } })
    const text = it.socket.send({ message: 'lost?', sessionId: 'known' }).text()
    await expect(text).rejects.toMatchObject({ code: 'delivery_unknown', delivered: undefined })
  })

  it('lets frames pass that it does not understand', async () => {
    for (const endpoint of ['chat', 'unified'] as const) {
      await using it = await pair({ endpoint, peer: { pace: 5 } })
      const text = it.socket.send({ message: 'firm' }).text()
      await until(() => it.peer.taken.length === 1)
      for (const frame of [{}, [], null, 7, 'x', { type: 5 }, { t: 'news' }, { type: 'news', message_id: 'other' }])
        it.peer.say(frame)
      expect(await text).toBe(peerAnswer('firm'))
    }
  })

  it('gives up after as many attempts as allowed', async () => {
    await using it = await pair({ reconnects: 2, reconnectDelay: () => 1 })
    await it.socket.opened()
    const events = collect(it.socket)
    await it.peer[Symbol.asyncDispose]()
    const last = (await events).at(-1)
    expect(last).toMatchObject({ type: 'closed', error: { name: 'ConnectionError' } })
    await expect(it.socket.send({ message: 'x' }).text()).rejects.toMatchObject({ code: 'not_sent' })
  })

  it('works with the WebSocket it is given, and needs one', async () => {
    await using it = await pair({ WebSocket })
    expect(await it.socket.send({ message: 'ws' }).text()).toBe(peerAnswer('ws'))
    const { WebSocket: own } = globalThis
    try {
      Reflect.deleteProperty(globalThis, 'WebSocket')
      expect(() => openSocket(it.client)).toThrow('Node 20')
    } finally {
      globalThis.WebSocket = own
    }
  })

  it('closes by a signal', async () => {
    const controller = new AbortController()
    await using it = await pair({ signal: controller.signal })
    await it.socket.opened()
    controller.abort('enough')
    await until(() => it.socket.state === 'closed')
    await expect(it.socket.opened()).rejects.toMatchObject({ name: 'AbortError', cause: 'enough' })
  })
})
