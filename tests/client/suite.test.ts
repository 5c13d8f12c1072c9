import { type AstrBotClient, createClient, isAstrBotError } from '@astrbot/client'
import { operations } from '@astrbot/client/operations'
import { openSocket } from '@astrbot/client/socket'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { astrBot, ours, type Target } from './targets.ts'

const command = process.env['ASTRBOT_TEST_ASTRBOT']
if (!command) {
  console.warn(
    'SKIPPED: the client is not tried on AstrBot itself; name its program in ASTRBOT_TEST_ASTRBOT (pip install astrbot)',
  )
}
const targets = [
  { name: 'this server', start: ours, skip: false },
  { name: 'AstrBot', start: () => astrBot(command ?? ''), skip: !command },
]

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'none',
    (error: unknown) => (isAstrBotError(error) ? error.code : String(error)),
  )

// One suite, two servers: what app developers rely on must hold on both.
describe.each(targets)('the client on $name', ({ name, start, skip }) => {
  let target: Target
  let client: AstrBotClient
  beforeAll(async () => {
    if (skip) return
    target = await start()
    client = createClient({ baseUrl: target.baseUrl, apiKey: target.apiKey, username: 'suite' })
  }, 120_000)
  afterAll(() => target?.[Symbol.asyncDispose]())

  it.skipIf(skip)('sends a message and has the whole answer', async () => {
    const answer = await client.chat.send({ message: 'Hi [[say alpha beta gamma]]' })
    expect(answer.text).toBe('alpha beta gamma')
    expect(answer.sessionId).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.stats?.token_usage.output).toBeGreaterThan(0)
  })

  it.skipIf(skip)('streams text piece by piece and goes on in a session', async () => {
    const first = await client.chat.send({ message: 'a [[say one]]' })
    const pieces: string[] = []
    const stream = client.chat.stream({ sessionId: first.sessionId, message: 'b [[slow 6 30]]' })
    for await (const piece of stream.textStream) pieces.push(piece)
    expect(pieces.join('')).toBe('w0 w1 w2 w3 w4 w5')
    expect(pieces.length).toBeGreaterThan(2)
    expect((await stream.final()).sessionId).toBe(first.sessionId)
  })

  it.skipIf(skip)('knows every event by its type, the first and the last ones', async () => {
    const kinds: string[] = []
    for await (const event of client.chat.stream({ message: 'c [[say x y]]' })) {
      if (kinds.at(-1) !== event.type) kinds.push(event.type)
    }
    expect(kinds).toEqual(
      'session_id user_message_saved run_started plain agent_stats complete message_saved end'.split(' '),
    )
  })

  it.skipIf(skip)('answers whole when asked to', async () => {
    expect((await client.chat.send({ message: 'd [[say whole]]', streaming: false })).text).toBe('whole')
  })

  // AstrBot lets a key follow only the runs of the key's own name, so only ours is tried with a key.
  it.each(['token', 'apiKey'] as const)(
    'takes a connection broken under a %s up again and says every word once',
    async kind => {
      if (skip || (kind === 'apiKey' && name !== 'this server')) return
      let cuts = 0
      const cutting = createClient({
        baseUrl: target.baseUrl,
        [kind]: target[kind],
        username: 'cutter',
        // The first answer breaks after some bytes, as a proxy might do it.
        fetch: async request => {
          const response = await fetch(request)
          if (request.method !== 'POST' || !response.body) return response
          cuts++
          return new Response(cutAfter(response.body, 1400), response)
        },
      })
      const words = Array.from({ length: 40 }, (_, i) => `w${i}`).join(' ')
      expect(await cutting.chat.stream({ message: 'e [[slow 40 20]]' }).text()).toBe(words)
      expect(cuts).toBe(1)
    },
  )

  it.skipIf(skip)('lists, reads, renames and deletes sessions', async () => {
    const api = createClient({ baseUrl: target.baseUrl, token: target.token })
    const made = await api.chat.sessions.create()
    await api.chat.send({ sessionId: made.session_id, message: 'f [[say stored]]' })
    await api.chat.sessions.rename(made.session_id, 'Named')
    const session = await api.chat.sessions.get(made.session_id)
    expect(session.history.map(message => message.content.type)).toEqual(['user', 'bot'])
    const names: (string | null)[] = []
    for await (const item of api.chat.sessions.iterate({ pageSize: 1 })) names.push(item.display_name)
    expect(names).toContain('Named')
    expect((await operations(api).deleteChatSession({ path: { session_id: made.session_id } })) ?? {}).toEqual({})
    expect(await codeOf(api.chat.sessions.get(made.session_id))).toBe('session_not_found')
  })

  it.skipIf(skip)('tells failures by type and code, whatever their HTTP status', async () => {
    const stranger = createClient({ baseUrl: target.baseUrl, apiKey: 'abk_wrong' })
    await expect(stranger.chat.sessions.list({ username: 'x' })).rejects.toMatchObject({
      name: 'AuthenticationError',
      status: 401,
    })
    const nameless = createClient({ baseUrl: target.baseUrl, apiKey: target.apiKey })
    expect(await codeOf(nameless.chat.sessions.list())).toBe('username_missing')
    await expect(
      client.get('/api/v1/chat/sessions/{session_id}', { params: { path: { session_id: 'nope' } } }),
    ).rejects.toMatchObject({
      name: 'NotFoundError',
      status: 404,
      code: 'session_not_found',
    })
    await expect(client.get('/api/v1/api-keys', {})).rejects.toMatchObject({ name: 'PermissionError', status: 403 })
  })

  it.skipIf(skip)('chats over sockets, with a key and with a token', async () => {
    const api = createClient({ baseUrl: target.baseUrl, token: target.token })
    for (const one of [client, api]) {
      await using socket = openSocket(one, { heartbeat: 100 })
      const streams = ['p [[say first]]', 'q [[slow 6 30]]'].map(message => socket.send({ message }))
      expect(await Promise.all(streams.map(stream => stream.text()))).toEqual(['first', 'w0 w1 w2 w3 w4 w5'])
      const { sessionId = '' } = (await streams[0]?.final()) ?? {}
      const more = await socket.send({ sessionId, message: 'r [[say more]]' }).final()
      expect(more).toMatchObject({ text: 'more', sessionId })
      await expect.poll(() => socket.latency).toBeDefined()
      // AstrBot lets keys stop nothing.
      if (name === 'this server' || one === api) {
        const long = socket.send({ message: 's [[slow 300 20]]' })
        let heard = 0
        for await (const { type } of long) if (type === 'plain' && ++heard === 3) await socket.interrupt(long)
        expect((await long.final()).text).toMatch(/^w0 w1 w2/)
        expect(heard).toBeLessThan(250)
      }
      const silent = openSocket(createClient({ baseUrl: target.baseUrl, [one === api ? 'token' : 'apiKey']: 'wrong' }))
      await expect(silent.opened()).rejects.toMatchObject({ name: 'AuthenticationError', status: 401 })
    }
  })

  it.skipIf(skip)('stops a turn', async () => {
    const api = createClient({ baseUrl: target.baseUrl, token: target.token })
    const stream = api.chat.stream({ message: 'g [[slow 400 20]]' })
    let heard = 0
    for await (const event of stream) {
      if (event.type === 'plain' && ++heard === 3) expect((await stream.stop()).stopped_count).toBe(1)
    }
    expect((await stream.final()).text).toMatch(/^w0 w1 w2/)
    expect(heard).toBeLessThan(300)
  })

  it.skipIf(skip)('changes the configuration, and stores and tries an endpoint', async () => {
    const owner = createClient({ baseUrl: target.baseUrl, token: target.token })
    const before = (await owner.config.get()).config.wake_prefix ?? []
    await owner.config.edit('default', draft => {
      draft.wake_prefix = [...(draft.wake_prefix ?? []), '!!']
    })
    expect((await owner.config.get()).config.wake_prefix).toEqual([...before, '!!'])
    const wrong = owner.config.edit('default', draft => Object.assign(draft, { wake_prefix: 7 }))
    expect(await codeOf(wrong)).toBe(name === 'AstrBot' ? 'unknown_error' : 'validation_failed')
    const endpoint = { id: 'nobody', baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'k', models: ['m'] }
    expect(await owner.providers.addOpenAICompatible(endpoint)).toEqual(['nobody/m'])
    expect((await owner.providers.list({ capability: 'chat' })).map(({ id }) => id)).toContain('nobody/m')
    const { ok, error } = await owner.providers.test('nobody/m')
    expect([ok, error]).toEqual([false, expect.stringMatching(/connect|reach/i)])
  })
})

/** The first `limit` bytes of a body, then an error. */
function cutAfter(body: ReadableStream<Uint8Array>, limit: number): ReadableStream<Uint8Array> {
  let left = limit
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        controller.enqueue(chunk.subarray(0, left))
        left -= chunk.byteLength
        if (left <= 0) controller.error(new TypeError('the connection broke'))
      },
    }),
  )
}
