import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagesOf, storedText } from './support/chat.ts'
import { TestServer } from './support/server.ts'
import { type Frame, frameKinds, spelt, TestSocket } from './support/socket.ts'

// The chat protocols of the sockets, frame by frame. Every frame is held against the contract.

let server: TestServer
let token: string
beforeAll(async () => {
  server = await TestServer.start()
  token = server.credentials.token['authorization']?.slice('Bearer '.length) ?? ''
})
afterAll(() => server[Symbol.asyncDispose]())

const keySocket = () => TestSocket.open(server, 'openChatWebSocket', { query: { api_key: server.keys.key.api_key } })
const unified = () => TestSocket.open(server, 'openUnifiedChatWebSocket', { query: { token } })
const isEnd = ({ type }: Frame) => type === 'end'
const of = (frames: readonly Frame[], id: string) => frames.filter(({ message_id }) => message_id === id)
const plain = (text: string) => [{ type: 'plain', text }]

describe('openChatWebSocket', () => {
  it('answers ping, and tells a turn with the ids of the client, the run and the session', async () => {
    await using socket = await keySocket()
    socket.send({ t: 'ping' })
    expect(await socket.next()).toEqual({ type: 'pong' })

    socket.send({ username: 'alice', session_id: 'ws-1', message: '[[say over the wire]]', message_id: 'm1' })
    await socket.next(isEnd)
    const frames = socket.frames.slice(1)
    expect(frameKinds(frames)).toBe(
      'session_id user_message_saved run_started plain agent_stats complete message_saved end',
    )
    expect(frames[0]).toMatchObject({ session_id: 'ws-1', data: null, message_id: 'm1' })
    expect(of(frames, 'm1')).toHaveLength(frames.length)
    expect(spelt(frames)).toBe('over the wire')
    const started = frames.find(({ type }) => type === 'run_started')
    const run = started?.id?.split(':')[0] ?? ''
    expect(started?.data).toEqual({ run_id: run })
    expect(frames.map(({ id }) => id)).toEqual(frames.map((_, i) => `${run}:${i + 1}`))
    expect(frames.find(({ type }) => type === 'message_saved')).toMatchObject({ session_id: 'ws-1' })
    const [asked, answered] = await messagesOf(server, 'ws-1')
    expect([storedText(asked), storedText(answered)]).toEqual(['[[say over the wire]]', 'over the wire'])
    expect(answered?.llm_checkpoint_id).toBeTruthy()
  })

  it('answers without streaming, makes ids where none are given, and takes parts', async () => {
    await using socket = await keySocket()
    socket.send({ t: 'send', username: 'alice', message: plain('[[say whole]]'), enable_streaming: false })
    await socket.next(isEnd)
    expect(frameKinds(socket.frames)).toBe(
      'session_id user_message_saved run_started agent_stats plain message_saved end',
    )
    expect(new Set(socket.frames.map(({ message_id }) => message_id)).size).toBe(1)
  })

  it('runs named turns at once, and others one after another', async () => {
    await using socket = await keySocket()
    socket.send({ username: 'alice', session_id: 'ws-a', message: '[[slow 20 30]]', message_id: 'slow' })
    socket.send({ username: 'bob', session_id: 'ws-b', message: '[[say quick]]', message_id: 'quick' })
    socket.send({ t: 'ping' })
    await socket.next(frame => isEnd(frame) && frame.message_id === 'slow')
    const order = socket.frames.flatMap(frame =>
      isEnd(frame) || frame.type === 'pong' ? [frame.message_id ?? 'pong'] : [],
    )
    expect(order.at(-1)).toBe('slow')
    expect(order).toContain('pong')
    expect(spelt(of(socket.frames, 'quick'))).toBe('quick')

    const before = socket.frames.length
    socket.send({ username: 'alice', session_id: 'ws-c', message: '[[slow 5 30]]' })
    socket.send({ username: 'alice', session_id: 'ws-d', message: '[[say second]]' })
    await socket.next(isEnd)
    await socket.next(isEnd)
    const later = socket.frames.slice(before)
    const firstEnd = later.findIndex(isEnd)
    const [first, second] = [later[0]?.message_id, later.at(-1)?.message_id]
    expect(later.slice(0, firstEnd + 1).every(({ message_id }) => message_id === first)).toBe(true)
    expect(spelt(of(later, second ?? ''))).toBe('second')
  })

  it('interrupt stops the model at once', async () => {
    await using socket = await keySocket()
    const seen = server.models.seen.length
    socket.send({ username: 'alice', session_id: 'ws-stop', message: '[[slow 200 50]]', message_id: 'long' })
    await socket.next(({ type }) => type === 'plain')
    socket.send({ t: 'interrupt', message_id: 'long' })
    expect(await socket.next(({ code }) => code === 'INTERRUPTED')).toEqual({
      type: 'error',
      code: 'INTERRUPTED',
      data: 'INTERRUPTED',
      message_id: 'long',
    })
    await socket.next(isEnd)
    const kinds = frameKinds(socket.frames)
    expect(kinds.endsWith('complete message_saved end')).toBe(true)
    expect(spelt(socket.frames).length).toBeGreaterThan(0)
    const asked = server.models.seen.slice(seen).find(({ body }) => JSON.stringify(body).includes('slow 200 50'))
    await expect.poll(() => asked?.outcome).toBe('client-gone')
    const [, answered] = await messagesOf(server, 'ws-stop')
    expect(storedText(answered)).toBe(spelt(socket.frames))
    // All of them, of which there are none.
    socket.send({ t: 'interrupt' })
    expect(await socket.next(({ code }) => code === 'INTERRUPTED')).not.toHaveProperty('message_id')
  })

  it.each([
    ['no message', { t: 'send', username: 'a' }, 'INVALID_MESSAGE', 'Missing key: message'],
    ['no username', { t: 'send', message: 'x' }, 'BAD_USER', 'Missing key: username'],
    ['an empty username', { message: 'x', username: ' ' }, 'BAD_USER', 'username is empty'],
    ['a username with !', { message: 'x', username: 'a!b' }, 'BAD_USER', expect.any(String)],
    [
      'a reserved username',
      { message: 'x', username: 'astrbot' },
      'INVALID_MESSAGE',
      'username is reserved for an AstrBot administrator',
    ],
    ['an unknown frame', { t: 'dance' }, 'INVALID_MESSAGE', 'Unsupported message type: dance'],
    ['no object', [1], 'INVALID_MESSAGE', 'message must be an object'],
    ['no JSON', '{"t":', 'INVALID_MESSAGE', expect.any(String)],
    ['bytes', new Uint8Array([1, 2, 3]), 'INVALID_MESSAGE', expect.any(String)],
    [
      'a frame of no kind',
      { t: null, message: 'x', username: 'a' },
      'INVALID_MESSAGE',
      'Unsupported message type: None',
    ],
    ['a wrong type', { message: true, username: 'a' }, 'INVALID_MESSAGE', expect.stringContaining('frame.message')],
    [
      'a number in place of a name',
      { message: 'x', username: 'a', config_id: 5 },
      'CONFIG_ERROR',
      'config_id not found: 5',
    ],
    [
      'a number with more digits than are kept',
      { message: 'x', username: 2 ** 60 },
      'INVALID_MESSAGE',
      expect.stringContaining('frame.username'),
    ],
    [
      'an object in place of a kind',
      { t: { toString: 1, valueOf: 1 } },
      'INVALID_MESSAGE',
      'Unsupported message type: {"toString":1,"valueOf":1}',
    ],
    ['NUL', { message: 'a\0', username: 'a' }, 'INVALID_MESSAGE', expect.stringContaining('frame.message')],
    ['only blanks', { message: '  ', username: 'a' }, 'INVALID_MESSAGE', expect.any(String)],
    [
      'an unknown profile',
      { message: 'x', username: 'a', config_id: 'nope' },
      'CONFIG_ERROR',
      'config_id not found: nope',
    ],
    ['a session with !', { message: 'x', username: 'a', session_id: 'a!b' }, 'SESSION_ERROR', expect.any(String)],
  ])('%s is an error, and the socket stays open', async (_, frame, code, data) => {
    await using socket = await keySocket()
    const refused = await socket.refused(frame)
    expect(refused).toMatchObject({ type: 'error', code, data })
    // The client has named nothing that it could be told of.
    expect(refused).not.toHaveProperty('message_id')
    socket.send({ t: 'ping' })
    expect(await socket.next()).toEqual({ type: 'pong' })
  })

  it('refuses an id that is in use, a session of another key, and speaks Chinese when asked', async () => {
    await using socket = await keySocket()
    socket.send({ username: 'alice', session_id: 'ws-twice', message: '[[slow 10 30]]', message_id: 'twice' })
    expect(
      await socket.refused({ username: 'alice', session_id: 'x', message: 'x', message_id: 'twice' }),
    ).toMatchObject({
      code: 'INVALID_MESSAGE',
      data: 'Duplicate active message_id',
    })
    await socket.next(isEnd)
    await using other = await TestSocket.open(server, 'openChatWebSocket', {
      headers: { 'x-api-key': server.keys.otherKey.api_key, 'accept-language': 'zh-CN' },
    })
    const refused = await other.refused({ username: 'alice', session_id: 'ws-twice', message: 'x', message_id: 'f' })
    expect(refused).toMatchObject({ code: 'SESSION_ERROR', message_id: 'f' })
    expect(refused.data).toMatch(/[\u4e00-\u9fff]/)
  })

  it('tells why a turn broke', async () => {
    await using socket = await keySocket()
    socket.send({ username: 'alice', message: '[[fail 400]]', message_id: 'broken' })
    expect(await socket.next(({ type }) => type === 'error')).toMatchObject({
      code: expect.stringMatching(/^provider_/),
      message_id: 'broken',
      id: expect.any(String),
    })
    await socket.next(isEnd)
  })

  it('a lost socket loses nothing: the run goes on and is resumed over HTTP', async () => {
    await using socket = await keySocket()
    socket.send({ username: 'alice', session_id: 'ws-lost', message: '[[slow 40 20]]', message_id: 'lost' })
    const last = await socket.next(frame => frame.type === 'plain')
    socket.raw.terminate()
    const [run_id = '', after = ''] = last.id?.split(':') ?? []
    const stream = await server.stream('resumeChatRun', {
      as: 'key',
      params: { run_id },
      headers: { 'last-event-id': `${run_id}:${after}` },
    })
    const rest = await stream.rest()
    expect(rest.at(-1)?.event.type).toBe('end')
    expect(Number(rest[0]?.id.split(':')[1])).toBe(Number(after) + 1)
    const [, answered] = await messagesOf(server, 'ws-lost')
    const heard = spelt(socket.frames.slice(0, socket.frames.indexOf(last) + 1))
    const read = rest.map(({ event }) => (event.type === 'plain' ? event.data : '')).join('')
    expect(heard + read).toBe(storedText(answered))
  })
})

describe('openUnifiedChatWebSocket', () => {
  const newSession = async () => (await server.call('createChatSession')).data.session_id

  it('tells a turn as AstrBot does', async () => {
    await using socket = await unified()
    const session_id = await newSession()
    socket.send({ ct: 'chat', t: 'send', session_id, message_id: 'm1', message: plain('[[say unified answer]]') })
    await socket.next(isEnd)
    expect(frameKinds(socket.frames)).toBe(
      'user_message_saved run_started plain agent_stats complete message_saved end',
    )
    expect(socket.frames.every(frame => frame['ct'] === 'chat' && frame.message_id === 'm1' && frame.id)).toBe(true)
    expect(spelt(socket.frames)).toBe('unified answer')
    expect((await messagesOf(server, session_id, 'token')).map(storedText)).toEqual([
      '[[say unified answer]]',
      'unified answer',
    ])
  })

  it('runs turns of two sessions at once and interrupts one of them', async () => {
    await using socket = await unified()
    const [one, two] = [await newSession(), await newSession()]
    socket.send({ ct: 'chat', t: 'send', session_id: one, message_id: 'one', message: plain('[[slow 200 30]]') })
    socket.send({ ct: 'chat', t: 'send', session_id: two, message_id: 'two', message: plain('[[slow 20 30]]') })
    await socket.next(frame => frame.type === 'plain' && frame.message_id === 'one')
    await socket.next(frame => frame.type === 'plain' && frame.message_id === 'two')
    socket.send({ ct: 'chat', t: 'interrupt', message_id: 'one' })
    expect(await socket.next(({ t }) => t === 'error')).toEqual({
      ct: 'chat',
      t: 'error',
      data: 'INTERRUPTED',
      code: 'INTERRUPTED',
      message_id: 'one',
    })
    await socket.next(isEnd)
    await socket.next(isEnd)
    expect(of(socket.frames, 'two').at(-1)?.type).toBe('end')
    const answered = (await messagesOf(server, two, 'token')).at(-1)
    expect(spelt(of(socket.frames, 'two'))).toBe(storedText(answered))
    expect(spelt(of(socket.frames, 'one'))).toBe(storedText((await messagesOf(server, one, 'token')).at(-1)))
  })

  it('sends without a session go to one of the connection, and are interrupted all together', async () => {
    await using socket = await unified()
    socket.send({ ct: 'chat', t: 'send', message: plain('[[slow 100 30]]') })
    socket.send({ ct: 'chat', t: 'send', message: plain('[[slow 100 30]]') })
    await socket.next(({ type }) => type === 'plain')
    socket.send({ ct: 'chat', t: 'interrupt' })
    await socket.next(isEnd)
    await socket.next(isEnd)
    const ids = new Set(socket.frames.flatMap(({ message_id }) => message_id ?? []))
    expect(ids.size).toBe(2)
  })

  it('binds sessions, once each, and pushes what the bot says by itself', async () => {
    await using socket = await unified()
    const session_id = await newSession()
    socket.send({ ct: 'chat', t: 'bind', session_id })
    const bound = await socket.next()
    expect(bound).toEqual({
      ct: 'chat',
      type: 'session_bound',
      session_id,
      message_id: expect.stringMatching(/^ws_sub_[0-9a-f]{32}$/),
    })
    socket.send({ ct: 'chat', t: 'bind', session_id })
    expect(await socket.next()).toEqual(bound)
    await server.running.bot.chat.pushes.push(session_id, [{ type: 'plain', text: 'by myself' }])
    const pushed = [await socket.next(), await socket.next()]
    expect(frameKinds(pushed)).toBe('plain complete')
    expect(of(pushed, bound.message_id ?? '')).toHaveLength(2)
    const [stored, ...others] = await messagesOf(server, session_id, 'token')
    expect([storedText(stored), others]).toEqual(['by myself', []])
    expect(pushed[1]).toMatchObject({ saved: { id: stored?.id, created_at: stored?.created_at } })
  })

  it('does not let a session of a key be bound or used, nor hears it when it is made later', async () => {
    await using socket = await unified()
    await using keys = await keySocket()
    keys.send({ username: 'alice', session_id: 'ws-keys', message: '[[say hi]]' })
    await keys.next(isEnd)
    socket.send({ ct: 'chat', t: 'bind', session_id: 'ws-keys' })
    expect(await socket.next()).toMatchObject({ t: 'error', code: 'SESSION_ERROR' })
    socket.send({ ct: 'chat', t: 'send', session_id: 'ws-keys', message_id: 'x', message: plain('hello') })
    expect(await socket.next()).toMatchObject({ t: 'error', code: 'SESSION_ERROR', message_id: 'x' })
    socket.send({ ct: 'chat', t: 'bind', session_id: 'ws-later' })
    await socket.next(({ type }) => type === 'session_bound')
    keys.send({ username: 'alice', session_id: 'ws-later', message: '[[say hi]]' })
    await keys.next(isEnd)
    await server.running.bot.chat.pushes.push('ws-later', [{ type: 'plain', text: 'secret' }])
    socket.send({ ct: 'chat', t: 'ping' })
    expect(await socket.next()).toEqual({ ct: 'chat', type: 'pong' })
  })

  it.each([
    [{ ct: 'chat', t: 'bind' }, 'session_id is required'],
    [{ ct: 'chat', t: 'dance' }, 'Unsupported message type: dance'],
    [{ ct: 'chat', t: 'send', message: 'plain' }, 'message must be list'],
    [{ ct: 'chat' }, 'Unsupported message type: None'],
    [{ ct: 'chat', t: 'send', message: [5, { type: 'plain', text: '' }] }, 'Message content is empty'],
    [{ ct: 'chat', t: 'interrupt', message_id: true }, expect.stringContaining('frame.message_id')],
  ])('%j is an error', async (frame, data) => {
    await using socket = await unified()
    expect(await socket.refused(frame)).toMatchObject({ ct: 'chat', t: 'error', code: 'INVALID_MESSAGE_FORMAT', data })
  })

  it('reads what AstrBot reads', async () => {
    await using socket = await unified()
    const session_id = await newSession()
    const message = [
      5,
      null,
      'x',
      { type: 'sparkle' },
      { type: 'image', attachment_id: 5 },
      { type: 'plain', text: 42 },
      { type: 'plain', text: ' [[say read]]' },
    ]
    const odd = { enable_streaming: 'false', flags: { enable_streaming: 'no', enable_inline_genui: 1 } }
    socket.raw.send(JSON.stringify({ ct: 'chat', t: 'send', session_id, message, message_id: 7, ...odd }))
    await socket.next(isEnd)
    expect(spelt(of(socket.frames, '7'))).toBe('read')
    expect(frameKinds(socket.frames)).toContain('complete')
    expect(storedText((await messagesOf(server, session_id, 'token'))[0])).toBe('42 [[say read]]')
    socket.raw.send(
      JSON.stringify({
        ct: 'chat',
        t: 'send',
        session_id: '',
        message: plain('[[say own]]'),
        message_id: '',
        flags: 'on',
      }),
    )
    expect(spelt([await socket.next(({ type }) => type === 'plain')])).toBe('own')
    await using keys = await keySocket()
    keys.raw.send(JSON.stringify({ username: 1, session_id: 12, message: 5, message_id: '  ' }))
    expect(await keys.next()).toMatchObject({ type: 'session_id', session_id: '12' })
    await keys.next(isEnd)
  })

  it('serves the paths of before /api/v1', async () => {
    await using socket = await TestSocket.open(server, 'openUnifiedChatWebSocket', {
      path: '/api/unified_chat/ws',
      query: { token },
    })
    socket.send({ ct: 'chat', t: 'ping' })
    expect(await socket.next()).toEqual({ ct: 'chat', type: 'pong' })
  })
})
