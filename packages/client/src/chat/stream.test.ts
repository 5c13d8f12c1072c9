import { describe, expect, it } from 'vitest'
import { end, numbered, plain, run, sessionId, started, turn } from '../../tests/chat-events.ts'
import { astrBotFail, fail, ok, type Reply, serve, stream } from '../../tests/http-server.ts'
import { createClient } from '../client.ts'
import { AbortError, IdleTimeoutError, ProtocolError } from '../errors/call-errors.ts'
import type { ClientOptions } from '../options.ts'
import { RunError } from './run-error.ts'
import type { ChatEvent } from './types.ts'

async function setUp(replies: Reply[], options: Partial<ClientOptions> = {}) {
  const server = await serve(...replies)
  const client = createClient({
    baseUrl: server.url,
    apiKey: 'abk_1',
    username: 'ada',
    retryDelay: () => 1,
    ...options,
  })
  return { ...server, chat: client.chat }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const broken: ChatEvent = { type: 'error', data: 'The model is slow', code: 'provider_timeout', cause: 'HTTP 504' }

describe('chat.stream', () => {
  it('sends the message and yields the events', async () => {
    await using server = await setUp([stream({ events: numbered(turn) })])
    const answer = server.chat.stream({
      message: [{ type: 'plain', text: 'Hi' }],
      sessionId: 's-1',
      provider: 'p',
      model: 'm',
      configId: 'c',
      streaming: false,
      flags: { enable_inline_genui: false },
      body: { _skip_user_history: true },
    })
    expect(await collect(answer)).toEqual(turn)
    expect([answer.sessionId, answer.runId]).toEqual(['s-1', run])
    expect(server.seen[0]).toMatchObject({ method: 'POST', url: '/api/v1/chat' })
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({
      message: [{ type: 'plain', text: 'Hi' }],
      session_id: 's-1',
      username: 'ada',
      selected_provider: 'p',
      selected_model: 'm',
      config_id: 'c',
      enable_streaming: false,
      flags: { enable_inline_genui: false },
      _skip_user_history: true,
    })
  })

  it('has many views, each from the start', async () => {
    await using server = await setUp([stream({ events: turn })])
    const answer = server.chat.stream({ message: 'Hi' })
    const [pieces, text, whole, events] = await Promise.all([
      collect(answer.textStream),
      answer.text(),
      answer.final(),
      collect(answer),
    ])
    expect(pieces).toEqual(['Hel', 'lo'])
    expect(text).toBe('Hello')
    expect(whole).toMatchObject({ text: 'Hello', sessionId: 's-1', runId: run, messageIds: [8] })
    expect(events).toEqual(turn)
    expect(await collect(answer)).toEqual(turn)
    expect(server.seen).toHaveLength(1)
  })

  it('gives the whole answer to chat.send', async () => {
    await using server = await setUp([stream({ events: turn })])
    expect((await server.chat.send({ message: 'Hi', username: 'bob' })).text).toBe('Hello')
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({ message: 'Hi', username: 'bob' })
  })

  it('makes a session first when a dashboard token speaks', async () => {
    const created = ok({ session_id: 's-9', platform_id: 'webchat' })
    await using server = await setUp([created, stream({ events: turn })], {
      apiKey: undefined,
      token: 'jwt',
      username: undefined,
    })
    await server.chat.send({ message: 'Hi' })
    expect(server.seen.map(one => one.url)).toEqual(['/api/v1/chat/sessions/new', '/api/v1/chat'])
    expect(JSON.parse(server.seen[1]?.body ?? '')).toEqual({ message: 'Hi', session_id: 's-9' })
    await server.chat.send({ message: 'Hi', sessionId: 's-9' })
    expect(server.seen).toHaveLength(3)
  })

  it.each([
    ['a status', fail(403, 'session_of_another_user', 'No'), 403],
    ['JSON with status 200', astrBotFail('session_id belongs to another username'), 403],
  ])('throws in every view when it is refused by %s', async (_, reply, status) => {
    await using server = await setUp([reply])
    const answer = server.chat.stream({ message: 'Hi' })
    for (const view of [collect(answer), collect(answer.textStream), answer.text(), answer.final()]) {
      await expect(view).rejects.toMatchObject({ name: 'PermissionError', status, code: 'session_of_another_user' })
    }
  })

  it('yields an error event, and fails where an answer is asked for', async () => {
    const events = [sessionId, started, plain('Hel'), broken, end]
    await using server = await setUp([stream({ events })])
    const answer = server.chat.stream({ message: 'Hi' })
    expect(await collect(answer)).toEqual(events)
    const error = await answer.final().catch(error => error)
    expect(error).toBeInstanceOf(RunError)
    expect(error).toMatchObject({
      code: 'provider_timeout',
      message: 'The model is slow',
      cause: 'HTTP 504',
      answer: { text: 'Hel' },
    })
    await expect(answer.text()).rejects.toBe(error)
    const pieces: string[] = []
    await expect(async () => {
      for await (const piece of answer.textStream) pieces.push(piece)
    }).rejects.toBeInstanceOf(RunError)
    expect(pieces).toEqual(['Hel'])
  })

  it('passes on types it does not know, and skips what is no event', async () => {
    const prelude = 'data: [1]\n\ndata: {"data":1}\n\ndata: null\n\n'
    await using server = await setUp([stream({ prelude, events: [sessionId, { type: 'novelty' }, end] })])
    expect((await collect(server.chat.stream({ message: 'Hi' }))).map(event => event.type)).toEqual([
      'session_id',
      'novelty',
      'end',
    ])
  })

  it.each([
    ['text that is no JSON', 'data: {"type"\n\n'],
    ['an event that lacks its parts', 'data: {"type":"run_snapshot"}\n\n'],
  ])('stops at %s', async (_, prelude) => {
    await using server = await setUp([stream({ prelude, events: turn })])
    await expect(server.chat.send({ message: 'Hi' })).rejects.toBeInstanceOf(ProtocolError)
    expect(server.seen).toHaveLength(1)
  })

  it('gives up on a stream that is silent before the run is known', async () => {
    await using server = await setUp([stream({ events: [sessionId], last: 'stall' })])
    await expect(server.chat.send({ message: 'Hi', idleTimeout: 40 })).rejects.toBeInstanceOf(IdleTimeoutError)
    expect(server.seen).toHaveLength(1)
  })

  it('counts heartbeats as life', async () => {
    const beating: Reply = async (response, seen) => {
      const script = stream({ events: [sessionId, started], last: 'stall' })
      await script(response, seen)
      for (let count = 0; count < 6; count++) {
        await new Promise(resolve => setTimeout(resolve, 20))
        response.write(': heartbeat\n\n')
      }
      response.end(`data: ${JSON.stringify(end)}\n\n`)
    }
    await using server = await setUp([beating])
    await server.chat.send({ message: 'Hi', idleTimeout: 80 })
    expect(server.seen).toHaveLength(1)
  })

  it('keeps the connection for the next call', async () => {
    const sockets = new Set<unknown>()
    const reply: Reply = (response, seen) => {
      sockets.add(response.socket)
      return stream({ events: turn })(response, seen)
    }
    await using server = await setUp([reply])
    for (let count = 0; count < 3; count++) {
      await server.chat.send({ message: 'Hi' })
      await new Promise(resolve => setTimeout(resolve, 150))
    }
    expect(sockets.size).toBe(1)
  })
})

describe('chat.resume', () => {
  it('begins with a snapshot, or after a number', async () => {
    await using server = await setUp([stream({ events: numbered([plain('lo'), end], 5) })])
    await collect(server.chat.resume('run/1'))
    expect(await server.chat.resume(run, { after: 4, username: 'bob' }).text()).toBe('lo')
    expect(server.seen.map(one => one.url)).toEqual([
      '/api/v1/chat/runs/run%2F1/stream?username=ada',
      '/api/v1/chat/runs/run-1/stream?username=bob&after=4',
    ])
  })

  it.each([
    ['404', fail(404, 'run_unavailable', 'Chat run is unavailable')],
    ['JSON with status 200', astrBotFail('Chat run is unavailable')],
  ])('throws when the run is over, said by %s', async (_, reply) => {
    await using server = await setUp([reply])
    await expect(server.chat.resume(run).final()).rejects.toMatchObject({
      name: 'NotFoundError',
      code: 'run_unavailable',
    })
    expect(server.seen).toHaveLength(1)
  })
})

describe('stop, abort, leaving', () => {
  const endless = [sessionId, started, plain('Hel')]

  it('asks the server to stop, and comes to the end that it sends', async () => {
    let finish = () => {}
    const going: Reply = async (response, seen) => {
      finish = () => response.end(`data: ${JSON.stringify(end)}\n\n`)
      await stream({ events: endless, last: 'stall' })(response, seen)
    }
    const stopping: Reply = (response, seen) => {
      finish()
      return ok({ stopped_count: 1 })(response, seen)
    }
    await using server = await setUp([going, stopping])
    const answer = server.chat.stream({ message: 'Hi' })
    expect(await answer.stop()).toEqual({ stopped_count: 1 })
    expect((await answer.final()).text).toBe('Hel')
    expect(server.seen[1]).toMatchObject({ method: 'POST', url: '/api/v1/chat/sessions/s-1/stop?username=ada' })
    expect(await answer.stop()).toEqual({ stopped_count: 0 })
  })

  it('closes the connection when the only loop is left', async () => {
    await using server = await setUp([stream({ events: endless, last: 'stall' })])
    const answer = server.chat.stream({ message: 'Hi' })
    for await (const event of answer) if (event.type === 'plain') break
    await expect(answer.final()).rejects.toBeInstanceOf(AbortError)
  })

  it('stays open while another view waits', async () => {
    const slow: Reply = async (response, seen) => {
      await stream({ events: endless, last: 'stall' })(response, seen)
      setTimeout(() => response.end(`data: ${JSON.stringify(end)}\n\n`), 30)
    }
    await using server = await setUp([slow])
    const answer = server.chat.stream({ message: 'Hi' })
    const whole = answer.final()
    for await (const _ of answer) break
    expect((await whole).text).toBe('Hel')
  })

  it('may be left at its end', async () => {
    await using server = await setUp([stream({ events: turn })])
    const answer = server.chat.stream({ message: 'Hi' })
    for await (const event of answer) if (event.type === 'end') break
    expect(await answer.text()).toBe('Hello')
  })

  it.each(['abort()', 'the signal', 'disposal'])('ends every view by %s', async way => {
    await using server = await setUp([stream({ events: endless, last: 'stall' })])
    const controller = new AbortController()
    const answer = server.chat.stream({ message: 'Hi', signal: controller.signal })
    const views = [collect(answer), collect(answer.textStream), answer.text(), answer.final(), answer.stop()]
    const outcomes = Promise.allSettled(views)
    await expect.poll(() => answer.runId).toBe(run)
    if (way === 'abort()') answer.abort()
    else if (way === 'the signal') controller.abort('enough')
    else await answer[Symbol.asyncDispose]()
    const errors = (await outcomes).slice(0, 4).map(one => one.status === 'rejected' && one.reason)
    for (const error of errors) expect(error).toBeInstanceOf(AbortError)
    if (way === 'the signal') expect(errors[0]).toMatchObject({ cause: 'enough' })
  })

  it('does nothing to a stream that is over', async () => {
    await using server = await setUp([stream({ events: turn })])
    const answer = server.chat.stream({ message: 'Hi' })
    await answer.final()
    answer.abort()
    await answer[Symbol.asyncDispose]()
    expect(await collect(answer)).toEqual(turn)
  })
})
