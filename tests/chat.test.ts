import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagesOf, storedText, turn } from './support/chat.ts'
import { eventOf, kinds, position, textOf } from './support/events.ts'
import { written } from './support/model-messages.ts'
import { TestServer } from './support/server.ts'

// Turns over HTTP as callers make them.

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start({ env: { ASTRBOT_HEARTBEAT_MS: '60' } })
})
afterAll(() => server[Symbol.asyncDispose]())

/** What the model was last asked, beside the instructions of its persona. */
const lastAsk = () => {
  const body = server.models.seen.at(-1)?.body as { model: string; messages: { role: string; content: unknown }[] }
  const said = body.messages.filter(({ role }) => role !== 'system')
  return { model: body.model, messages: said.map(({ role, content }) => `${role}: ${written(content)}`) }
}

describe('a turn', () => {
  it('streams its events in order, numbered, and stores what was said', async () => {
    const events = await turn(server, { session_id: 'first', message: '[[slow 5 5]]' })
    expect(kinds(events)).toBe('session_id user_message_saved run_started plain agent_stats complete message_saved end')
    expect(textOf(events)).toBe('w0 w1 w2 w3 w4')
    expect(events.filter(({ event }) => event.type === 'plain')).toHaveLength(5)
    const { run_id } = eventOf(events, 'run_started').data
    expect(events.map(position)).toEqual(events.map((_, i) => ({ run: run_id, seq: i + 1 })))
    expect(eventOf(events, 'session_id').session_id).toBe('first')
    expect(eventOf(events, 'complete').data).toBe('w0 w1 w2 w3 w4')
    const stats = eventOf(events, 'agent_stats').data
    expect(stats.token_usage.output).toBe(5)
    expect(stats.time_to_first_token).toBeGreaterThan(0)
    expect(stats.end_time).toBeGreaterThanOrEqual(stats.start_time)

    const [user, bot] = await messagesOf(server, 'first')
    expect(user).toMatchObject({
      id: eventOf(events, 'user_message_saved').data.id,
      sender_id: 'alice',
      content: { type: 'user', message: [{ type: 'plain', text: '[[slow 5 5]]' }] },
    })
    expect(bot).toMatchObject({
      id: eventOf(events, 'message_saved').data.id,
      sender_id: 'bot',
      llm_checkpoint_id: user?.llm_checkpoint_id,
      content: { type: 'bot', message: [{ type: 'plain', text: 'w0 w1 w2 w3 w4' }], agent_stats: stats },
    })
  })

  it('comes as a whole on demand; `flags` wins', async () => {
    const whole = await turn(server, { message: 'hi', enable_streaming: false })
    expect(kinds(whole)).toBe('session_id user_message_saved run_started agent_stats plain message_saved end')
    expect(eventOf(whole, 'plain')).toMatchObject({ data: 'You said: hi', streaming: false, chain_type: null })
    const flags = { enable_streaming: false }
    expect(kinds(await turn(server, { message: 'hi', flags, enable_streaming: true }))).not.toContain('complete')
    const over = { enable_streaming: true }
    expect(kinds(await turn(server, { message: 'hi', flags: over, enable_streaming: false }))).toContain('complete')
    expect(kinds(await turn(server, { message: 'hi', flags: null, enable_streaming: null }))).toContain('complete')
  })

  it('shows what the model thought', async () => {
    const events = await turn(server, { session_id: 'thinker', message: '[[think let me see then it is 4]]' })
    const thought = events.map(({ event }) =>
      event.type === 'plain' && event.chain_type === 'reasoning' ? event.data : '',
    )
    expect(thought.join('')).toBe('let me see')
    expect(textOf(events)).toBe('it is 4')
    const [, bot] = await messagesOf(server, 'thinker')
    expect(bot?.content).toMatchObject({
      message: [
        { type: 'think', think: 'let me see' },
        { type: 'plain', text: 'it is 4' },
      ],
      reasoning: 'let me see',
    })
  })

  it('tells the model what was said before, and nothing of other sessions', async () => {
    await turn(server, { session_id: 'memory', message: 'my name is Ada' })
    await turn(server, { session_id: 'elsewhere', message: 'my name is Bob' })
    await turn(server, { session_id: 'memory', message: 'who am I?' })
    expect(lastAsk().messages).toEqual([
      'user: my name is Ada',
      'assistant: You said: my name is Ada',
      'user: who am I?',
    ])
  })

  it('keeps the line open while the model is silent', async () => {
    const stream = await server.stream('sendChatMessage', { json: { session_id: 'slow', message: '[[slow 2 300]]' } })
    const events = await stream.rest()
    expect(stream.comments.length).toBeGreaterThanOrEqual(3)
    expect(new Set(stream.comments)).toEqual(new Set(['heartbeat']))
    expect(textOf(events)).toBe('w0 w1')
  })
})

describe('what a message may be', () => {
  it('parts: texts of both names; what is unknown or empty is left out', async () => {
    const message = [
      { type: 'plain', text: 'one ' },
      { type: 'hologram', text: 'x' },
      { type: 'text', text: 'two' },
      { type: 'plain', text: '' },
      { type: null },
    ]
    expect(textOf(await turn(server, { session_id: 'parts', message }))).toBe('You said: one two')
    expect((await messagesOf(server, 'parts'))[0]?.content.message).toEqual([
      { type: 'plain', text: 'one ' },
      { type: 'plain', text: 'two' },
    ])
  })

  it('`files` stands in for `message`', async () => {
    expect(textOf(await turn(server, { files: [{ type: 'plain', text: 'from files' }] }))).toBe('You said: from files')
    expect(textOf(await turn(server, { message: 'first', files: [{ type: 'plain', text: 'second' }] }))).toBe(
      'You said: first',
    )
  })

  it('a reply quotes its passage, or the whole message', async () => {
    const first = await turn(server, { session_id: 'replies', message: 'hello' })
    const { id } = eventOf(first, 'message_saved').data
    const reply = (more: object) => [
      { type: 'reply', message_id: id, ...more },
      { type: 'plain', text: 'why?' },
    ]
    await turn(server, { session_id: 'replies', message: reply({ selected_text: 'said' }) })
    expect(lastAsk().messages.at(-1)).toBe('user: why?\n<quoted_message>\nsaid\n</quoted_message>')
    await turn(server, { session_id: 'replies', message: reply({}) })
    expect(lastAsk().messages.at(-1)).toContain('You said: hello')
    const foreign = await turn(server, {
      session_id: 'others',
      message: [
        { type: 'reply', message_id: id },
        { type: 'plain', text: 'what?' },
      ],
    })
    expect(textOf(foreign)).toBe('You said: what?')
    const only = { username: 'alice', message: [{ type: 'reply', message_id: id }] }
    expect((await server.call('sendChatMessage', { as: 'key', json: only })).error.code).toBe('message_empty')
  })

  it.each([
    [{ message: '' }, 'message_empty'],
    [{ message: '   ' }, 'message_empty'],
    [{ message: [] }, 'message_empty'],
    [{ message: [{ type: 'image', attachment_id: 'none' }] }, 'message_empty'],
    [{}, 'message_missing'],
    [{ message: 'hi', session_id: 'a!b' }, 'invalid_session_id'],
    [{ message: 'hi', username: '  ' }, 'username_empty'],
    [{ message: 'hi', username: 'a!b' }, 'invalid_username'],
    [{ message: 'hi', username: null }, 'username_missing'],
  ])('%j is refused as %s', async (json, code) => {
    const answer = await server.call('sendChatMessage', { as: 'key', json: { username: 'alice', ...json } })
    expect(answer).toMatchObject({ status: 400, error: { code } })
  })
})

describe('where a message goes', () => {
  it('`conversation_id` is the older name of `session_id`; both are trimmed', async () => {
    expect(eventOf(await turn(server, { conversation_id: 'older', message: 'hi' }), 'session_id').session_id).toBe(
      'older',
    )
    const both = await turn(server, { session_id: ' newer ', conversation_id: 'older', message: 'hi' })
    expect(eventOf(both, 'session_id').session_id).toBe('newer')
  })

  it('a key gets a new session when it names none; the dashboard has to name one', async () => {
    const session = eventOf(await turn(server, { message: 'hi' }), 'session_id').session_id
    expect(session).toMatch(/^[\w-]{36}$/)
    expect(await messagesOf(server, session)).toHaveLength(2)
    for (const [json, code] of [
      [{ message: 'hi' }, 'session_id_missing'],
      [{ message: 'hi', session_id: '  ' }, 'session_id_empty'],
    ] as const)
      expect(await server.call('sendChatMessage', { json })).toMatchObject({ status: 400, error: { code } })
  })

  it('the dashboard speaks as its user, whatever the body says', async () => {
    await turn(server, { session_id: 'mine', username: 'bob', config_id: 'none', message: 'hi' }, 'token')
    expect((await messagesOf(server, 'mine', 'token'))[0]?.sender_id).toBe('astrbot')
    const { data } = await server.call('getChatSession', { params: { session_id: 'mine' } })
    expect(data.session?.creator).toBe('astrbot')
  })

  it('names the configuration profile: only the default exists', async () => {
    for (const choice of [{ config_id: 'default' }, { config_name: 'default' }, { config_id: null, config_name: '' }]) {
      expect(kinds(await turn(server, { message: 'hi', ...choice }))).toMatch(/end$/)
    }
    const statusOf = async (json: object) =>
      (await server.call('sendChatMessage', { as: 'key', json: { username: 'alice', message: 'hi', ...json } })).error
        .code
    expect(await statusOf({ config_id: 'none' })).toBe('config_id_not_found')
    expect(await statusOf({ config_name: 'none' })).toBe('config_name_not_found')
    expect(await statusOf({ config_id: 'none', config_name: 'default' })).toBe('config_id_not_found')
  })

  it('chooses the model for one turn', async () => {
    const events = await turn(server, { session_id: 'chosen', message: 'hi', selected_model: 't3d0' })
    expect(textOf(events)).toBe('tok0 tok1 tok2')
    expect(lastAsk().model).toBe('t3d0')
    await turn(server, { session_id: 'chosen', message: 'hi', selected_provider: '', selected_model: null })
    expect(lastAsk().model).toBe('echo')
    await turn(server, {
      session_id: 'chosen',
      message: 'hi',
      selected_provider: 'openai/echo',
      selected_model: 't1d0',
    })
    expect(lastAsk().model).toBe('t1d0')
  })

  it('answers a stored message again when its checkpoint is named', async () => {
    const stream = await server.stream('sendChatMessage', {
      as: 'key',
      json: { username: 'alice', session_id: 'again', message: '[[stall 0]]' },
    })
    await stream.until(({ event }) => event.type === 'run_started')
    const checkpoint = eventOf(stream.received, 'user_message_saved').data.llm_checkpoint_id
    const json = { session_id: 'again', message: 'hi', _skip_user_history: true, _llm_checkpoint_id: checkpoint }
    // While its answer is on the way, that one is told.
    const same = await server.stream('sendChatMessage', { as: 'key', json: { username: 'alice', ...json } })
    expect((await same.until(() => true)).id).toBe(stream.received[0]?.id)
    await server.call('stopChatSession', { as: 'key', params: { session_id: 'again' } })
    await Promise.all([stream.rest(), same.rest()])
    const again = await turn(server, json)
    expect(kinds(again)).toMatch(/^session_id run_started/)
    expect(textOf(again)).toContain('hi')
    const wrong = await turn(server, { ...json, message: 'new', _llm_checkpoint_id: 'another' })
    expect(kinds(wrong)).toContain('user_message_saved')
    const users = (await messagesOf(server, 'again')).filter(message => message.sender_id !== 'bot')
    expect(users.map(storedText)).toEqual(['[[stall 0]]', 'new'])
  })
})

describe('several at once', () => {
  it('20 sessions answer side by side and mix nothing', async () => {
    const started = performance.now()
    const names = Array.from({ length: 20 }, (_, i) => `s${i}`)
    const turns = await Promise.all(
      names.map(name =>
        turn(server, {
          session_id: `many-${name}`,
          message: `[[slow 20 20]] ${name} [[say ${`${name} `.repeat(30)}]]`,
        }),
      ),
    )
    // One after the other they would take eight seconds.
    expect(performance.now() - started).toBeLessThan(7000)
    for (const [i, events] of turns.entries()) {
      expect(new Set(textOf(events).trim().split(/\s+/))).toEqual(new Set([names[i]]))
      expect(eventOf(events, 'session_id').session_id).toBe(`many-${names[i]}`)
      expect(new Set(events.map(event => position(event).run)).size).toBe(1)
      expect((await messagesOf(server, `many-${names[i]}`)).map(message => message.sender_id)).toEqual(['alice', 'bot'])
    }
  })

  it('200 streams lose no event and get no other’s', { timeout: 60_000 }, async () => {
    const names = Array.from({ length: 200 }, (_, i) => `crowd-${i}`)
    const told = await Promise.all(
      names.map(name => turn(server, { session_id: name, message: `[[slow 20 5]] [[say ${`${name} `.repeat(20)}]]` })),
    )
    for (const [i, events] of told.entries()) {
      expect(textOf(events).trim().split(/\s+/)).toEqual(Array(20).fill(names[i]))
      expect(events.map(event => position(event).seq)).toEqual(events.map((_, at) => at + 1))
      expect(new Set(events.map(event => position(event).run)).size).toBe(1)
    }
    expect(new Set(told.map(([first]) => first && position(first).run)).size).toBe(200)
  })

  it('turns of one session keep their order and know each other', async () => {
    const words = ['one', 'two', 'three', 'four']
    const sent = []
    for (const word of words) {
      sent.push(turn(server, { session_id: 'queue', message: `[[slow 3 20]] ${word}` }))
      await new Promise(resolve => setTimeout(resolve, 15))
    }
    const ends = (await Promise.all(sent)).map(events => events.at(-1)?.at ?? 0)
    expect(ends).toEqual([...ends].sort((a, b) => a - b))
    const asked = lastAsk().messages.filter(message => message.startsWith('user'))
    expect(asked.map(message => message.split(' ').at(-1))).toEqual(words)
  })
})

describe('stopping', () => {
  it('ends the turn, keeps what was said, and lets the next one begin', async () => {
    const stream = await server.stream('sendChatMessage', {
      as: 'key',
      json: { username: 'alice', session_id: 'stop', message: '[[slow 200 20]]' },
    })
    await stream.until(({ event }) => event.type === 'plain' && event.data === ' w3')
    const waiting = turn(server, { session_id: 'stop', message: 'and this' })
    const params = { session_id: 'stop' }
    await new Promise(resolve => setTimeout(resolve, 100))
    expect((await server.call('stopChatSession', { as: 'key', params })).data).toEqual({ stopped_count: 2 })
    const events = await stream.rest()
    expect(kinds(events)).toMatch(/complete message_saved end$/)
    expect(kinds(await waiting)).toBe('session_id user_message_saved end')
    expect((await server.call('stopChatSession', { as: 'key', params })).data).toEqual({ stopped_count: 0 })
    const stored = await messagesOf(server, 'stop')
    expect(stored.map(message => message.sender_id)).toEqual(['alice', 'alice', 'bot'])
    expect(storedText(stored[2])).toBe(textOf(events))
    expect(textOf(events)).toMatch(/^w0 w1 w2 w3/)
    // The connection to the model is let go.
    await expect.poll(() => server.models.seen.filter(({ outcome }) => outcome === 'open')).toEqual([])
    expect(textOf(await turn(server, { session_id: 'stop', message: 'still there?' }))).toBe('You said: still there?')
  })

  it('deleting a session stops it first and leaves nothing', async () => {
    const stream = await server.stream('sendChatMessage', {
      as: 'key',
      json: { username: 'alice', session_id: 'gone', message: '[[slow 200 20]]' },
    })
    await stream.until(({ event }) => event.type === 'plain')
    const params = { session_id: 'gone' }
    expect((await server.call('deleteChatSession', { as: 'key', params })).status).toBe(200)
    expect((await stream.rest()).at(-1)?.event.type).toBe('end')
    expect((await server.call('getChatSession', { as: 'key', params })).status).toBe(404)
    await turn(server, { session_id: 'gone', message: 'who am I?' })
    expect(lastAsk().messages).toEqual(['user: who am I?'])
  })
})
