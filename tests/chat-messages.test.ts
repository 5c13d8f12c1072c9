import type { Schemas } from '@astrbot/contract'
import { describe, expect, it } from 'vitest'
import { eventually, messagesOf, storedError, storedText, turn } from './support/chat.ts'
import { eventOf, kinds, textOf } from './support/events.ts'
import { modelMessages } from './support/model-messages.ts'
import { itRefuses, itSawEveryAnswer, type RefusalOptions } from './support/refusals.ts'
import type { Role } from './support/server.ts'
import { narrow, server } from './support/two-servers.ts'

// The latest question of a session, asked in other words; the latest answer, given again.

const says = (text: string) => ({ content: { type: 'user', message: [{ type: 'plain', text }] } })

const examples: RefusalOptions['examples'] = {
  updateChatMessage: [{ json: says('x') }],
  regenerateChatMessage: [
    {
      json: { selected_provider: 'p', selected_model: 'm', enable_streaming: true, flags: { enable_streaming: true } },
    },
  ],
}

// What a part may be depends on its type, and unknown kinds of parts are left out.
describe('refusals', () =>
  itRefuses({ server: () => server, narrow: () => narrow, examples, untyped: /content\.message\[0\]\./ }))

let sessions = 0
/** A new session of alice's in which each of the messages was answered. */
async function asked(...messages: string[]): Promise<{ session_id: string; rows: Schemas['ChatMessage'][] }> {
  const session_id = `session-${sessions++}`
  for (const message of messages) await turn(server, { session_id, message })
  return { session_id, rows: await messagesOf(server, session_id) }
}
const at = (rows: readonly Schemas['ChatMessage'][], index: number) => {
  const row = rows.at(index)
  if (!row) throw new Error('there is no such message')
  return row
}
const edit = (session_id: string, id: number | string, json: unknown, as: Role = 'key') =>
  server.call('updateChatMessage', { as, params: { session_id, message_id: String(id) }, json })
const regenerate = async (session_id: string, id: number | string, json?: unknown) => {
  const params = { session_id, message_id: String(id) }
  return server.stream('regenerateChatMessage', { as: 'key', params, ...(json !== undefined && { json }) })
}
const refused = (session_id: string, id: number | string, json?: unknown, as: Role = 'key') =>
  server.call('regenerateChatMessage', { as, params: { session_id, message_id: String(id) }, json })
const texts = async (session_id: string) =>
  (await messagesOf(server, session_id)).map(row => `${row.content.type}: ${storedText(row)}`)
/** What the model was told last, its instructions aside. */
const told = () =>
  modelMessages(server)
    .filter(({ role }) => role !== 'system')
    .map(({ role, content }) => `${role}: ${content}`)

describe('editing the latest question', () => {
  it('takes the answer away and lets the question be answered anew', async () => {
    const { session_id, rows } = await asked('my name is Ada', 'I like tea')
    const question = at(rows, 2)
    const { data } = await edit(session_id, question.id, says('I like coffee'))
    expect(data).toMatchObject({ needs_regenerate: true, truncated_after_message: true })
    expect(data.message).toMatchObject({
      id: question.id,
      sender_id: 'alice',
      created_at: question.created_at,
      content: { type: 'user', message: [{ type: 'plain', text: 'I like coffee' }] },
    })
    expect(data.message?.llm_checkpoint_id).not.toBe(question.llm_checkpoint_id)
    const first = ['user: my name is Ada', 'bot: You said: my name is Ada']
    expect(await texts(session_id)).toEqual([...first, 'user: I like coffee'])

    const again = { _skip_user_history: true, _llm_checkpoint_id: data.message?.llm_checkpoint_id }
    const events = await turn(server, { session_id, message: 'I like coffee', ...again })
    expect(kinds(events)).toBe('session_id run_started plain agent_stats complete message_saved end')
    expect(await texts(session_id)).toEqual([...first, 'user: I like coffee', 'bot: You said: I like coffee'])
    expect(told()).toEqual(['user: my name is Ada', 'assistant: You said: my name is Ada', 'user: I like coffee'])
    expect(at(await messagesOf(server, session_id), -1).llm_checkpoint_id).toBe(data.message?.llm_checkpoint_id)
  })

  it('may be done again and again before it is answered', async () => {
    const { session_id, rows } = await asked('one')
    const { id } = at(rows, 0)
    await edit(session_id, id, says('two'))
    const { data } = await edit(session_id, id, says('three'))
    expect(await texts(session_id)).toEqual(['user: three'])
    const again = { _skip_user_history: true, _llm_checkpoint_id: data.message?.llm_checkpoint_id }
    await turn(server, { session_id, message: 'three', ...again })
    expect(told()).toEqual(['user: three'])
    await turn(server, { session_id, message: 'four' })
    expect(told()).toEqual(['user: three', 'assistant: You said: three', 'user: four'])
  })

  it('stops a turn that runs, and nothing of it is left', async () => {
    const session_id = 'edited-while-running'
    const json = { username: 'alice', session_id, message: '[[slow 300 20]]' }
    const stream = await server.stream('sendChatMessage', { as: 'key', json })
    await stream.until(({ event }) => event.type === 'plain')
    const { id } = eventOf(stream.received, 'user_message_saved').data
    expect((await edit(session_id, id, says('shorter'))).status).toBe(200)
    expect((await stream.rest()).at(-1)?.event.type).toBe('end')
    expect(await texts(session_id)).toEqual(['user: shorter'])
    await turn(server, { session_id, message: 'next' })
    expect(told()).toEqual(['user: next'])
  })

  it('keeps what the parts say and drops paths and unknown kinds', async () => {
    const { session_id, rows } = await asked('one')
    const message = [
      { type: 'plain', text: 'a ', path: '/etc/passwd' },
      { type: 'hologram', text: 'x' },
      { type: 'plain', text: 'b' },
    ]
    const { data } = await edit(session_id, at(rows, 0).id, { content: { type: 'user', message } })
    expect(data.message?.content.message).toEqual([
      { type: 'plain', text: 'a ' },
      { type: 'plain', text: 'b' },
    ])
  })

  it('needs the latest message of the user', async () => {
    const { session_id, rows } = await asked('one', 'two')
    const answers = [
      [at(rows, 0).id, says('x'), 409, 'message_not_latest'],
      [at(rows, 1).id, says('x'), 400, 'message_not_editable'],
      [at(rows, 3).id, says('x'), 400, 'message_not_editable'],
      [at(rows, 2).id, { content: { type: 'user', message: [] } }, 400, 'message_empty'],
      [99999999, says('x'), 404, 'message_not_found'],
      ['abc', says('x'), 404, 'message_not_found'],
      ['-1', says('x'), 404, 'message_not_found'],
      ['9'.repeat(30), says('x'), 404, 'message_not_found'],
      [at(rows, 2).id, { content: { type: 'bot', message: [] } }, 422, 'validation_failed'],
      [at(rows, 2).id, {}, 422, 'validation_failed'],
    ] as const
    for (const [id, json, status, code] of answers) {
      const answer = await edit(session_id, id, json)
      expect({ id, json, status: answer.status, code: answer.error.code }).toEqual({ id, json, status, code })
    }
    expect(await texts(session_id)).toHaveLength(4)
  })
})

describe('answering again', () => {
  it('puts a new answer in the place of the old one', async () => {
    const { session_id, rows } = await asked('hello', 'how are you? [[slow 3 0]]')
    const old = at(rows, 3)
    const stream = await regenerate(session_id, old.id, { selected_model: 't2d0' })
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    const events = await stream.rest()
    expect(kinds(events)).toBe('session_id run_started plain agent_stats complete message_saved end')
    const now = await messagesOf(server, session_id)
    expect(now).toHaveLength(4)
    // The question carries the checkpoint of the new turn.
    const saved = eventOf(events, 'message_saved').data
    expect(saved).toMatchObject({ id: old.id, llm_checkpoint_id: at(now, 2).llm_checkpoint_id })
    expect(saved.llm_checkpoint_id).not.toBe(old.llm_checkpoint_id)
    expect(at(now, 3).llm_checkpoint_id).toBe(saved.llm_checkpoint_id)
    expect(at(now, 2)).toMatchObject({ id: at(rows, 2).id, content: at(rows, 2).content })
    // The model was not told its old answer.
    expect(told()).toEqual(['user: hello', 'assistant: You said: hello', 'user: how are you? [[slow 3 0]]'])
    await turn(server, { session_id, message: 'and now?' })
    expect(told().slice(2)).toEqual([
      'user: how are you? [[slow 3 0]]',
      `assistant: ${textOf(events)}`,
      'user: and now?',
    ])
  })

  it('works without a body, in whole, and as often as one likes', async () => {
    const { session_id, rows } = await asked('hello')
    expect(textOf(await (await regenerate(session_id, at(rows, 1).id)).rest())).toBe('You said: hello')
    const whole = await (await regenerate(session_id, at(rows, 1).id, { enable_streaming: false })).rest()
    expect(kinds(whole)).toBe('session_id run_started agent_stats plain message_saved end')
    const flags = { enable_streaming: false }
    expect(kinds(await (await regenerate(session_id, at(rows, 1).id, { flags })).rest())).not.toContain('complete')
    expect(await texts(session_id)).toEqual(['user: hello', 'bot: You said: hello'])
  })

  it('answers again what failed', async () => {
    const { session_id, rows } = await asked('hello')
    const failing = await regenerate(session_id, at(rows, 1).id, { selected_model: 'err401' })
    expect(kinds(await failing.rest())).toMatch(/error end$/)
    const failed = at(await messagesOf(server, session_id), -1)
    expect(storedError(failed)).toBe('provider_auth_failed')
    await (await regenerate(session_id, failed.id)).rest()
    expect(await texts(session_id)).toEqual(['user: hello', 'bot: You said: hello'])
  })

  it('stops a turn of the session that runs', async () => {
    const { session_id, rows } = await asked('hello')
    const first = await regenerate(session_id, at(rows, 1).id, { selected_model: 't200d20' })
    await first.until(({ event }) => event.type === 'plain')
    // The old answer is gone, the new one is on its way.
    expect(await refused(session_id, at(rows, 1).id)).toMatchObject({
      status: 404,
      error: { code: 'message_not_found' },
    })
    await server.call('stopChatSession', { as: 'key', params: { session_id } })
    await first.rest()
    const partial = at(await messagesOf(server, session_id), -1)
    expect(storedText(partial)).toMatch(/^tok0/)
    const json = { username: 'alice', session_id, message: '[[slow 300 20]]' }
    const running = await server.stream('sendChatMessage', { as: 'key', json })
    await running.until(({ event }) => event.type === 'plain')
    expect(await refused(session_id, partial.id)).toMatchObject({ status: 409, error: { code: 'message_not_latest' } })
    await server.call('stopChatSession', { as: 'key', params: { session_id } })
    await running.rest()
  })

  it('changes nothing unless it can begin', async () => {
    const { session_id, rows } = await asked('one', 'two')
    const answers = [
      [at(rows, 1).id, {}, 409, 'message_not_latest'],
      [at(rows, 2).id, {}, 400, 'message_not_regenerable'],
      [99999999, {}, 404, 'message_not_found'],
      ['abc', {}, 404, 'message_not_found'],
      [at(rows, 3).id, { selected_provider: 'none' }, 404, 'selected_provider_not_found'],
    ] as const
    for (const [id, json, status, code] of answers) {
      const answer = await refused(session_id, id, json)
      expect({ id, status: answer.status, code: answer.error.code }).toEqual({ id, status, code })
    }
    expect(await messagesOf(server, session_id)).toEqual(rows)
  })

  it('needs the model to remember the turn', async () => {
    const { session_id, rows } = await asked('one')
    const umo = `webchat:FriendMessage:webchat!alice!${session_id}`
    const query = { user_id: umo }
    const [conversation] = (await server.call('listConversations', { query })).data.conversations
    const params = { conversation_id: conversation?.cid ?? '' }
    const forgotten = await server.call('replaceConversationMessages', { params, query, json: { history: [] } })
    expect(forgotten.status).toBe(200)
    const unlinked = { status: 409, error: { code: 'message_not_linked' } }
    expect(await refused(session_id, at(rows, 1).id)).toMatchObject(unlinked)
    expect(await edit(session_id, at(rows, 0).id, says('x'))).toMatchObject(unlinked)
    expect(await messagesOf(server, session_id)).toEqual(rows)
  })
})

describe('who may', () => {
  it('only the owner of the session', async () => {
    const { session_id, rows } = await asked('mine')
    for (const as of ['otherKey', 'token'] as const) {
      expect(await edit(session_id, at(rows, 0).id, says('taken'), as)).toMatchObject({ status: 403 })
      expect(await refused(session_id, at(rows, 1).id, {}, as)).toMatchObject({ status: 403 })
    }
    expect(await edit('no-such', at(rows, 0).id, says('x'))).toMatchObject({ error: { code: 'session_not_found' } })
    expect(await refused('no-such', at(rows, 1).id)).toMatchObject({ error: { code: 'session_not_found' } })
    // A message is found in its own session alone, and the path says which one.
    const other = await asked('other')
    const json = { ...says('x'), session_id, message_id: at(rows, 0).id }
    expect((await edit(other.session_id, at(rows, 0).id, json)).error.code).toBe('message_not_found')
    expect(await messagesOf(server, session_id)).toEqual(rows)
  })
})

describe('the title of a session', () => {
  const nameOf = async (session_id: string) =>
    (await server.call('getChatSession', { as: 'key', params: { session_id } })).data.session?.display_name

  it('is asked of the model beside the first turn', async () => {
    const { session_id } = await asked('[[title About cats]] Tell me of cats [[say They purr]]')
    await eventually(async () => (await nameOf(session_id)) === 'About cats')
    const request = server.models.titles.at(-1)?.body
    expect(JSON.stringify(request?.['messages'])).toContain('Tell me of cats')
    expect(request?.['stream']).not.toBe(true)
    const count = server.models.titles.length
    await turn(server, { session_id, message: '[[title About dogs]] And dogs?' })
    expect(server.models.titles).toHaveLength(count)
    expect(await nameOf(session_id)).toBe('About cats')
  })

  it('is looked for again while there is none', async () => {
    const { session_id } = await asked('hi')
    expect(await nameOf(session_id)).toBeNull()
    await turn(server, { session_id, message: '[[title The weather]] Will it rain?' })
    await eventually(async () => (await nameOf(session_id)) === 'The weather')
  })

  it('stays as the user has put it', async () => {
    const { session_id } = await asked('hi')
    await server.call('updateChatSession', { as: 'key', params: { session_id }, json: { display_name: 'Mine' } })
    const count = server.models.titles.length
    await turn(server, { session_id, message: '[[title Yours]] hello' })
    expect(server.models.titles).toHaveLength(count)
    expect(await nameOf(session_id)).toBe('Mine')
  })
})

itSawEveryAnswer(examples)
