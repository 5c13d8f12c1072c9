import { describe, expect, it } from 'vitest'
import {
  complete,
  end,
  numbered,
  plain,
  run,
  saved,
  sessionId,
  snapshot,
  started,
  turn,
  userSaved,
} from '../../tests/chat-events.ts'
import { astrBotFail, fail, hangUp, json, ok, type Reply, serve, stream } from '../../tests/http-server.ts'
import { createClient } from '../client.ts'
import { ConnectionError, IdleTimeoutError } from '../errors/call-errors.ts'
import type { ChatOptions } from './options.ts'
import type { ChatEvent } from './types.ts'

/** Sends a message to a server that answers as told, and tells what came of it. */
async function play(replies: Reply[], options: Partial<ChatOptions> = {}) {
  await using server = await serve(...replies)
  const { chat } = createClient({ baseUrl: server.url, apiKey: 'abk_1', username: 'ada', retryDelay: () => 1 })
  const answer = chat.stream({ message: 'Hi', ...options })
  const events: ChatEvent[] = []
  const pieces: string[] = []
  const reading = Promise.allSettled([
    (async () => {
      for await (const event of answer) events.push(event)
    })(),
    (async () => {
      for await (const piece of answer.textStream) pieces.push(piece)
    })(),
  ])
  const outcome = await answer.final().then(
    final => ({ final }),
    error => ({ error }),
  )
  await reading
  return {
    events,
    pieces,
    requests: server.seen.map(one => `${one.method} ${one.url.split('?')[0]}`),
    seen: server.seen,
    ...outcome,
  }
}

const resume = `GET /api/v1/chat/runs/${run}/stream`

describe('a broken connection, where events have ids', () => {
  it.each(['drop', 'close'] as const)('is taken up after the last event (%s)', async last => {
    const first = stream({ events: numbered(turn.slice(0, 4)), last })
    const rest = stream({ events: numbered(turn.slice(4), 5) })
    const played = await play([first, rest])
    expect(played.events).toEqual(turn)
    expect(played.pieces).toEqual(['Hel', 'lo'])
    expect(played.requests).toEqual(['POST /api/v1/chat', resume])
    expect(played.seen[1]).toMatchObject({
      url: expect.stringContaining('username=ada'),
      headers: { 'last-event-id': `${run}:4` },
    })
  })

  it('yields every event once when the server repeats some', async () => {
    const first = stream({ events: numbered(turn.slice(0, 5)), last: 'drop' })
    const played = await play([first, stream({ events: numbered(turn) })])
    expect(played.events).toEqual(turn)
  })

  it('is taken up when the run is known by an id alone', async () => {
    const first = stream({ events: numbered([sessionId]), last: 'drop' })
    expect((await play([first, stream({ events: numbered(turn) })])).events).toEqual(turn)
  })

  it('is taken up as often as it takes, as long as events arrive', async () => {
    const replies = turn.map((event, index) => stream({ events: [[index + 1, event]], last: 'drop' as const }))
    const played = await play(replies)
    expect(played.events).toEqual(turn)
    expect(played.requests).toHaveLength(turn.length)
  })

  it('survives a server that is away for a while', async () => {
    const first = stream({ events: numbered(turn.slice(0, 4)), last: 'drop' })
    const away = [hangUp, fail(503, 'shutting_down', 'x'), json({}, 429, { 'Retry-After': '0' }), hangUp]
    const played = await play([first, ...away, stream({ events: numbered(turn.slice(4), 5) })])
    expect(played.events).toEqual(turn)
  })

  it('is given up after five attempts', async () => {
    const played = await play([stream({ events: numbered(turn.slice(0, 4)), last: 'drop' }), hangUp])
    expect(played).toMatchObject({ error: { name: 'ConnectionError' }, pieces: ['Hel'] })
    expect(played.requests).toEqual(['POST /api/v1/chat', ...Array(5).fill(resume)])
  })

  it('is given up at once on request, or when access is refused', async () => {
    const first = stream({ events: numbered(turn.slice(0, 4)), last: 'drop' })
    expect((await play([first], { maxResumes: 0 })).requests).toHaveLength(1)
    const refused = await play([first, fail(401, 'invalid_api_key', 'x')])
    expect(refused).toMatchObject({ error: { status: 401 } })
    expect(refused.requests).toHaveLength(2)
  })

  it('is taken up when it goes silent', async () => {
    const first = stream({ events: numbered(turn.slice(0, 4)), last: 'stall' })
    const played = await play([first, stream({ events: numbered(turn.slice(4), 5) })], { idleTimeout: 40 })
    expect(played.events).toEqual(turn)
    const silent = stream({ events: [], last: 'stall' })
    expect(await play([first, silent], { idleTimeout: 20, maxResumes: 2 })).toMatchObject({
      error: expect.any(IdleTimeoutError),
    })
  })

  it('never sends the message twice', async () => {
    const unknown = await play([stream({ events: [sessionId], last: 'drop' })])
    expect(unknown).toMatchObject({ error: expect.any(ConnectionError), requests: ['POST /api/v1/chat'] })
    expect((await play([hangUp])).requests).toEqual(['POST /api/v1/chat'])
  })
})

describe('a broken connection to AstrBot itself', () => {
  const first = stream({ events: turn.slice(0, 4), last: 'drop' })

  it('is taken up from a snapshot, and the text goes on with what is missing', async () => {
    const again = snapshot({ type: 'plain', text: 'Hello' })
    const played = await play([first, stream({ events: [again, plain(' you'), complete('Hello you'), saved(8), end] })])
    expect(played.events).toEqual([...turn.slice(0, 4), again, plain(' you'), complete('Hello you'), saved(8), end])
    expect(played.pieces).toEqual(['Hel', 'lo', ' you'])
    expect(played).toMatchObject({ final: { text: 'Hello you' }, requests: ['POST /api/v1/chat', resume] })
    expect(played.seen[1]?.headers).not.toHaveProperty('last-event-id')
  })

  it('is refused when it does not begin with a snapshot, as its text would be taken twice', async () => {
    const played = await play([first])
    expect(played).toMatchObject({ error: { name: 'ProtocolError' }, pieces: ['Hel'] })
    expect(played.requests).toHaveLength(2)
  })

  it('is given up when snapshots are all that comes', async () => {
    const played = await play([first, stream({ events: [snapshot({ type: 'plain', text: 'Hel' })], last: 'drop' })])
    expect(played).toMatchObject({ error: { name: 'ConnectionError' } })
    expect(played.requests).toHaveLength(6)
  })
})

describe('a run that is over when the connection comes back', () => {
  const row = (id: number, content: object, checkpoint = 'c-1') => ({ id, content, llm_checkpoint_id: checkpoint })
  const bot = (text: string, more: object = {}) => ({ type: 'bot', message: [{ type: 'plain', text }], ...more })
  const first = stream({ events: [sessionId, userSaved, started, plain('Hel')], last: 'drop' })
  const gone = fail(404, 'run_unavailable', 'Chat run is unavailable')
  const history = [
    row(5, bot('old'), 'c-0'),
    row(7, { type: 'user', message: [] }),
    row(8, bot('Hello ')),
    row(9, bot('you', { reasoning: 'Hm' })),
  ]

  it.each([
    ['404', gone],
    ['JSON with status 200', astrBotFail('Some text')],
  ])('is read from its session (%s)', async (_, over) => {
    const played = await play([first, over, ok({ history })])
    expect(played.requests).toEqual(['POST /api/v1/chat', resume, 'GET /api/v1/chat/sessions/s-1'])
    expect(played.seen[2]?.url).toContain('username=ada')
    expect(played.pieces).toEqual(['Hel', 'lo you'])
    expect(played.events.slice(4).map(event => event.type)).toEqual(['run_snapshot', 'end'])
    expect(played).toMatchObject({ final: { text: 'Hello you', reasoning: 'Hm', messageIds: [8, 9] } })
  })

  it('fails as the stored turn did', async () => {
    const error = { code: 'interrupted', message: 'The turn was interrupted by a restart' }
    const played = await play([first, gone, ok({ history: [row(8, bot('Hell', { error }))] })])
    expect(played).toMatchObject({ error: { name: 'RunError', code: 'interrupted', answer: { text: 'Hell' } } })
    expect(played.events.slice(4).map(event => event.type)).toEqual(['run_snapshot', 'error', 'end'])
  })

  it('goes by the message when there is no checkpoint', async () => {
    const bare = { type: 'user_message_saved', data: { id: 7, created_at: '' } }
    const unlinked = stream({ events: [sessionId, bare, started], last: 'drop' })
    expect(await play([unlinked, gone, ok({ history })])).toMatchObject({ final: { text: 'Hello you' } })
  })

  it.each([
    ['has no answer of it', ok({ history: history.slice(0, 2) })],
    ['cannot be read', astrBotFail('Permission denied')],
  ])('is a broken connection when the session %s', async (_, session) => {
    const played = await play([first, gone, session])
    expect(played).toMatchObject({ error: { name: 'ConnectionError', cause: { status: 404 } }, pieces: ['Hel'] })
  })
})
