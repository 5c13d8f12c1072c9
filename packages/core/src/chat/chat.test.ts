import { type PostgresServer, startPostgres } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AstrBotError } from '../errors.ts'
import type { ChatCaller } from './access.ts'
import type { Chat } from './chat.ts'
import { type ChatFixture, chatFixture, eventsOf, kinds, say, sayForever } from './fixture.ts'
import type { Run } from './run.ts'
import { insertMessage } from './store.ts'
import { botRow } from './turns.ts'

const alice: ChatCaller = { username: 'alice', apiKeyId: null }
const bob: ChatCaller = { username: 'bob', apiKeyId: null }
const page = { page: 1, pageSize: 100 }

const turn = async ({ chat }: ChatFixture, message = 'hi', more: object = {}) =>
  eventsOf(await chat.send(alice, { message, sessionId: 's1', streaming: true, ...more }))

describe.each(['sqlite', 'postgres'] as const)('chat on %s', dialect => {
  let server: PostgresServer | undefined
  beforeAll(async () => {
    if (dialect === 'postgres') server = await startPostgres()
  }, 60_000)
  afterAll(() => server?.stop())

  it('streams a turn in the order clients know and stores both messages', async () => {
    await using fixture = await chatFixture(server?.url)
    fixture.model.answers = [() => say('alpha ', 'beta')]
    const events = await turn(fixture)
    expect(kinds(events)).toBe('session_id user_message_saved run_started plain agent_stats complete message_saved end')
    expect(events.find(event => event.type === 'complete')).toMatchObject({ data: 'alpha beta', reasoning: '' })
    expect(events.find(event => event.type === 'agent_stats')?.data).toMatchObject({
      token_usage: { input_other: 10, input_cached: 1, output: 2 },
      current_context_tokens: 11,
    })
    const { history, is_running, total } = await fixture.chat.sessions.get(alice, 's1', page)
    expect(history.map(row => row.content.message)).toEqual([
      [{ type: 'plain', text: 'hi' }],
      [{ type: 'plain', text: 'alpha beta' }],
    ])
    expect(new Set(history.map(row => row.llm_checkpoint_id)).size).toBe(1)
    expect([is_running, total]).toEqual([false, 2])
    await fixture.chat.sessions.delete(alice, 's1')
  })

  it('is answered once, however often the answer is asked for', async () => {
    await using fixture = await chatFixture(server?.url)
    const { chat, model } = fixture
    model.answers = [sayForever]
    const first = await chat.send(alice, { message: 'x', sessionId: 'twice', streaming: true })
    const answerCheckpoint = first.info.checkpointId
    const again = await chat.send(alice, { message: 'x', sessionId: 'twice', streaming: true, answerCheckpoint })
    expect(again.info.runId).toBe(first.info.runId)
    first.controller.abort()
    await eventsOf(again)
    await chat.stop(1000)
    expect(model.seen.length).toBeLessThan(2)
    await chat.sessions.delete(alice, 'twice')
  })

  it('is cut off at once when it comes while the server stops', async () => {
    await using fixture = await chatFixture(server?.url)
    const { chat, model, store } = fixture
    model.answers = [sayForever]
    const first = await chat.send(alice, { message: 'x', sessionId: 'stop1', streaming: true })
    const stopping = chat.stop(50)
    const second = await chat.send(alice, { message: 'x', sessionId: 'stop2', streaming: true })
    await stopping
    const third = await chat.send(alice, { message: 'x', sessionId: 'stop3', streaming: true })
    const status = async (run: Run) =>
      (await store.db.selectFrom('chat_runs').select('status').where('run_id', '=', run.info.runId).execute())[0]
        ?.status
    await chat.stop(0)
    expect([await status(first), await status(second)]).toEqual(['interrupted', 'interrupted'])
    expect(kinds(await eventsOf(third))).toMatch(/end$/)
    await chat.stop(0)
    expect(await status(third)).not.toBe('running')
    for (const id of ['stop1', 'stop2', 'stop3']) await chat.sessions.delete(alice, id)
  })

  it('that waits when the server stops is marked like one that was cut off', async () => {
    await using fixture = await chatFixture(server?.url)
    const { chat, model } = fixture
    model.answers = [sayForever]
    for (const message of ['one', 'two']) await chat.send(alice, { message, sessionId: 'waits', streaming: true })
    await chat.stop(0)
    const { history } = await chat.sessions.get(alice, 'waits', page)
    expect(history.map(({ sender_id }) => sender_id)).toEqual(['alice', 'alice', 'bot', 'bot'])
    expect(history.slice(2).map(({ content }) => content)).toMatchObject([
      { error: { code: 'interrupted' } },
      { error: { code: 'interrupted' } },
    ])
    await chat.sessions.delete(alice, 'waits')
  })

  it('resumes by number from the log of a run that is over', async () => {
    await using fixture = await chatFixture(server?.url)
    const run = await fixture.chat.send(alice, { message: 'x', sessionId: 'resume', streaming: true })
    const live = await eventsOf(run)
    await fixture.chat.stop(1000)
    for (const after of [0, 1, 3, live.length - 1, live.length]) {
      const { events } = await fixture.chat.resume(alice, run.info.runId, after)
      const replayed = await eventsOf({
        follow: async function* () {
          yield* events
        },
      })
      expect(replayed).toEqual(live.slice(after))
    }
    await expect(fixture.chat.resume(alice, run.info.runId, undefined)).rejects.toMatchObject({
      code: 'run_unavailable',
    })
    await expect(fixture.chat.resume(bob, run.info.runId, 0)).rejects.toMatchObject({ code: 'run_unavailable' })
    await fixture.chat.sessions.delete(alice, 'resume')
  })
})

describe('a turn', () => {
  it('sends the model what it remembers of earlier turns', async () => {
    await using fixture = await chatFixture()
    fixture.model.answers = [() => say('one'), () => say('two')]
    await turn(fixture, 'first')
    await turn(fixture, '/second')
    expect(fixture.model.seen[1]).toEqual([
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'one' },
      { role: 'user', content: 'second' },
    ])
  })

  it('drops whole old turns when the context is full', async () => {
    await using fixture = await chatFixture()
    fixture.model.contextTokens = 200
    fixture.model.answers = [() => say('x'.repeat(200))]
    for (const message of ['one', 'two', 'three', 'four']) await turn(fixture, message)
    const answer = 'x'.repeat(200)
    expect(fixture.model.seen.at(-1)?.map(message => message.content)).toEqual(['two', answer, 'three', answer, 'four'])
  })

  it('answers whole when asked to, without complete', async () => {
    await using fixture = await chatFixture()
    fixture.model.answers = [() => say('whole ', 'answer')]
    const events = await turn(fixture, 'x', { streaming: false })
    expect(kinds(events)).toBe('session_id user_message_saved run_started agent_stats plain message_saved end')
    expect(events.find(event => event.type === 'plain')).toMatchObject({
      data: 'whole answer',
      streaming: false,
      chain_type: null,
    })
  })

  it('keeps reasoning apart from the answer', async () => {
    await using fixture = await chatFixture()
    fixture.model.answers = [
      async function* () {
        yield { type: 'reasoning', text: 'let me ' }
        yield { type: 'reasoning', text: 'think' }
        yield* say('done')
      },
    ]
    await turn(fixture)
    const { history } = await fixture.chat.sessions.get(alice, 's1', page)
    expect(history[1]?.content).toMatchObject({
      message: [
        { type: 'think', think: 'let me think' },
        { type: 'plain', text: 'done' },
      ],
      reasoning: 'let me think',
    })
  })

  it('tells a failure as error with code and cause, stores it, and ends', async () => {
    await using fixture = await chatFixture()
    fixture.model.answers = [
      async function* () {
        yield { type: 'text', text: 'half' }
        throw new AstrBotError('provider_rate_limited', {}, { cause: 'slow down' })
      },
    ]
    const events = await turn(fixture)
    expect(kinds(events)).toBe('session_id user_message_saved run_started plain agent_stats message_saved error end')
    expect(events.at(-2)).toMatchObject({ type: 'error', code: 'provider_rate_limited', cause: 'slow down' })
    const { history } = await fixture.chat.sessions.get(alice, 's1', page)
    expect(history[1]?.content).toMatchObject({ message: [{ text: 'half' }], error: { code: 'provider_rate_limited' } })
  })

  it('says in the stored message why there is no answer', async () => {
    await using fixture = await chatFixture()
    const events = await turn(fixture, 'x', { providerId: 'missing' })
    expect(kinds(events)).toBe('session_id user_message_saved run_started message_saved error end')
    const { history } = await fixture.chat.sessions.get(alice, 's1', page)
    expect(history[1]?.content).toMatchObject({
      message: [{ type: 'plain', text: 'The selected provider does not exist: missing' }],
    })
  })

  it('stops on demand and keeps what was said', async () => {
    await using fixture = await chatFixture()
    fixture.model.answers = [sayForever, () => say('again')]
    const run = await fixture.chat.send(alice, { message: 'go', sessionId: 's1', streaming: true })
    const events = eventsOf(run)
    await new Promise(resolve => setTimeout(resolve, 40))
    expect((await fixture.chat.sessions.get(alice, 's1', page)).active_runs[0]).toMatchObject({
      run_id: run.info.runId,
      status: 'running',
    })
    expect(await fixture.chat.sessions.stop(alice, 's1')).toBe(1)
    expect(kinds(await events)).toBe('session_id user_message_saved run_started plain complete message_saved end')
    await turn(fixture, 'next')
    expect(fixture.model.seen[1]?.slice(-3)).toEqual([
      { role: 'user', content: 'Stop output.' },
      { role: 'assistant', content: 'Output stopped.' },
      { role: 'user', content: 'next' },
    ])
    expect(await fixture.chat.sessions.stop(alice, 's1')).toBe(0)
  })

  it('keeps the order of two turns of one session and runs sessions at once', async () => {
    await using fixture = await chatFixture()
    const gate = Promise.withResolvers<void>()
    fixture.model.answers = [
      async function* () {
        await gate.promise
        yield* say('slow')
      },
      () => say('quick'),
    ]
    const first = await fixture.chat.send(alice, { message: '1', sessionId: 's1', streaming: true })
    const second = await fixture.chat.send(alice, { message: '2', sessionId: 's1', streaming: true })
    const other = await fixture.chat.send(alice, { message: '3', sessionId: 's2', streaming: true })
    expect(kinds(await eventsOf(other))).toContain('end')
    expect(second.revision).toBe(2)
    gate.resolve()
    await Promise.all([eventsOf(first), eventsOf(second)])
    expect(fixture.model.seen.at(-1)?.map(message => message.content)).toEqual(['1', 'slow', '2'])
  })

  it('lets a slow reader have every event, and two readers the same', async () => {
    await using fixture = await chatFixture()
    const words = Array.from({ length: 2000 }, (_, i) => `${i} `)
    fixture.model.answers = [() => say(...words)]
    const run = await fixture.chat.send(alice, { message: 'x', sessionId: 's1', streaming: true })
    const slow: string[] = []
    for await (const batch of run.follow()) {
      await new Promise(resolve => setTimeout(resolve, 20))
      for (const { event } of batch) if (event.type === 'plain') slow.push(event.data)
    }
    expect(slow.join('')).toBe(words.join(''))
    expect((await eventsOf(run)).filter(event => event.type === 'plain')).toHaveLength(2000)
  })
})

describe('a change of name', () => {
  it('takes sessions and what the model remembers along', async () => {
    await using fixture = await chatFixture()
    await turn(fixture, 'before')
    await fixture.chat.renameUser('alice', 'alicia')
    const alicia: ChatCaller = { username: 'alicia', apiKeyId: null }
    await eventsOf(await fixture.chat.send(alicia, { message: 'after', sessionId: 's1', streaming: true }))
    expect(fixture.model.seen.at(-1)?.map(message => message.content)).toEqual(['before', 'hello', 'after'])
    expect((await fixture.chat.sessions.list(alice, page)).total).toBe(0)
  })
})

describe('access', () => {
  it('lets a key use what it made and nothing else', async () => {
    await using fixture = await chatFixture()
    const { chat } = fixture
    const key = (username: string | undefined, apiKeyId = 'k1'): ChatCaller => ({ username, apiKeyId })
    await eventsOf(await chat.send(key('u1'), { message: 'x', sessionId: 'mine', streaming: true }))
    await eventsOf(await chat.send(alice, { message: 'x', sessionId: 'hers', streaming: true }))
    expect((await chat.sessions.get(key(undefined), 'mine', page)).total).toBe(2)
    expect((await chat.sessions.get(key('u1'), 'mine', page)).total).toBe(2)
    for (const caller of [key('u2'), key('u1', 'k2'), key(undefined, 'k2'), alice]) {
      await expect(chat.sessions.get(caller, 'mine', page)).rejects.toMatchObject({ code: 'permission_denied' })
      await expect(chat.sessions.delete(caller, 'mine')).rejects.toMatchObject({ code: 'permission_denied' })
    }
    await expect(chat.sessions.get(key(undefined), 'hers', page)).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(chat.send(key('u2'), { message: 'x', sessionId: 'mine', streaming: true })).rejects.toMatchObject({
      code: 'session_of_another_user',
    })
    await expect(chat.send(bob, { message: 'x', sessionId: 'hers', streaming: true })).rejects.toMatchObject({
      code: 'permission_denied',
    })
    expect((await chat.sessions.list(key('u1'), page)).sessions.map(session => session.session_id)).toEqual(['mine'])
    expect((await chat.sessions.list(key('u1', 'k2'), page)).total).toBe(0)
  })

  it.each([
    ['message_missing', { message: undefined, sessionId: 's' }],
    ['message_empty', { message: '  ', sessionId: 's' }],
    ['message_empty', { message: [{ type: 'reply', message_id: 1 }], sessionId: 's' }],
    ['message_empty', { message: [{ type: 'nonsense' }, { type: 'plain', text: '' }], sessionId: 's' }],
    ['session_id_missing', { message: 'x', sessionId: undefined }],
    ['session_id_empty', { message: 'x', sessionId: '  ' }],
    ['invalid_session_id', { message: 'x', sessionId: 'a!b' }],
  ])('refuses with %s and stores nothing', async (code, request) => {
    await using fixture = await chatFixture()
    await expect(fixture.chat.send(alice, { streaming: true, ...request })).rejects.toMatchObject({ code })
    expect((await fixture.chat.sessions.list(alice, page)).total).toBe(0)
  })
})

/** Everything that a run has told, from the store. */
async function replay(chat: Chat, { info }: Run) {
  const { events } = await chat.resume(alice, info.runId, 0)
  return eventsOf({
    follow: async function* () {
      yield* events
    },
  })
}

describe('after a crash', () => {
  it('keeps what was streamed, marks the turn interrupted, and the session works on', async () => {
    await using fixture = await chatFixture()
    fixture.model.answers = [sayForever, () => say('back')]
    const run = await fixture.chat.send(alice, { message: 'go', sessionId: 's1', streaming: true })
    await new Promise(resolve => setTimeout(resolve, 600)) // longer than a flush
    const chat = await fixture.reopen()
    const { history, is_running } = await chat.sessions.get(alice, 's1', page)
    expect(is_running).toBe(false)
    expect(history.map(row => row.content.type)).toEqual(['user', 'bot'])
    expect(history[1]?.content).toMatchObject({ error: { code: 'interrupted' } })
    expect(JSON.stringify(history[1]?.content)).toContain('w0 w1 w2')
    expect(kinds(await replay(chat, run))).toBe(
      'session_id user_message_saved run_started plain message_saved error end',
    )
    await eventsOf(await chat.send(alice, { message: 'more', sessionId: 's1', streaming: true }))
    expect(fixture.model.seen.at(-1)?.map(message => message.role)).toEqual(['user', 'assistant', 'user'])
  })

  it('leaves out of an answer that was cut off what was pushed meanwhile', async () => {
    await using fixture = await chatFixture()
    fixture.model.answers = [sayForever]
    const run = await fixture.chat.send(alice, { message: 'go', sessionId: 's1', streaming: true })
    await fixture.chat.pushes.push('s1', [{ type: 'plain', text: 'by the way' }])
    await new Promise(resolve => setTimeout(resolve, 400)) // longer than a flush
    const chat = await fixture.reopen()
    const { history } = await chat.sessions.get(alice, 's1', page)
    const texts = history.map(({ content }) => JSON.stringify(content))
    expect(texts.filter(text => text.includes('by the way'))).toHaveLength(1)
    expect(texts.at(-1)).toContain('w0 w1')
    const pushed = (await replay(chat, run)).find(event => event.type === 'plain' && event.data === 'by the way')
    expect(pushed).toEqual({
      type: 'plain',
      data: 'by the way',
      chain_type: null,
      streaming: true,
      message_id: run.info.runId,
    })
  })

  it('tells a stored answer again whose end was lost, whatever was pushed meanwhile', async () => {
    await using fixture = await chatFixture()
    fixture.model.answers = [sayForever]
    const run = await fixture.chat.send(alice, { message: 'go', sessionId: 's1', streaming: true })
    await fixture.chat.pushes.push('s1', [{ type: 'plain', text: 'by the way' }])
    const content = { type: 'bot' as const, message: [{ type: 'plain' as const, text: 'done' }] }
    const id = await insertMessage(fixture.store.db, botRow(run, 'webchat', content, Date.now()))
    await new Promise(resolve => setTimeout(resolve, 400)) // longer than a flush
    const chat = await fixture.reopen()
    expect((await replay(chat, run)).slice(-3)).toMatchObject([
      { type: 'complete', data: 'done' },
      { type: 'message_saved', data: { id } },
      { type: 'end' },
    ])
  })

  it('remembers of a side thread what it is about, and what its message replies to', async () => {
    await using fixture = await chatFixture()
    const bot = (await turn(fixture, 'first')).find(event => event.type === 'message_saved')
    const messageId = bot?.data.id ?? 0
    const thread = await fixture.chat.threads.open(alice, { sessionId: 's1', messageId, text: 'hello' })
    fixture.model.answers = [sayForever, () => say('back')]
    const message = [
      { type: 'reply' as const, message_id: 1, selected_text: 'that' },
      { type: 'plain' as const, text: 'why?' },
    ]
    await fixture.chat.threads.send(alice, thread.thread_id, message, { streaming: true })
    await new Promise(resolve => setTimeout(resolve, 400)) // longer than a flush
    const chat = await fixture.reopen()
    await eventsOf(await chat.threads.send(alice, thread.thread_id, 'more', { streaming: true }))
    const told = fixture.model.seen.at(-1)?.map(({ content }) => content)
    const excerpt = '<selected_excerpt>\nhello\n</selected_excerpt>'
    const texts = (...all: string[]) => all.map(text => ({ type: 'text', text }))
    const asked = texts('why?', excerpt, '<quoted_message>\nthat\n</quoted_message>')
    expect(told?.slice(0, 3)).toEqual(['first', 'hello', asked])
    expect(told?.at(-1)).toEqual(texts('more', excerpt))
  })
})
