import type { Schemas } from '@astrbot/contract'
import { describe, expect, it } from 'vitest'
import { messagesOf, storedText, turn } from './support/chat.ts'
import { eventOf, kinds, textOf } from './support/events.ts'
import { modelMessages } from './support/model-messages.ts'
import { itRefuses, itSawEveryAnswer, type RefusalOptions } from './support/refusals.ts'
import type { Role } from './support/server.ts'
import { narrow, server } from './support/two-servers.ts'

// Side threads: conversations about a passage of an answer.

const options = { selected_provider: '', selected_model: '', enable_streaming: true, flags: { enable_streaming: true } }
const examples: RefusalOptions['examples'] = {
  createChatThread: [{ json: { session_id: 's', parent_message_id: 1, selected_text: 'x' } }],
  getChatThread: [{}],
  deleteChatThread: [{}],
  sendChatThreadMessage: [{ json: { message: [{ type: 'plain', text: 'x' }], ...options } }],
}

describe('refusals', () =>
  itRefuses({ server: () => server, narrow: () => narrow, examples, untyped: /message\[0\]\./ }))

let sessions = 0
/** A new session of alice's with one question and its answer. */
async function asked(message: string, as: Role = 'key') {
  const session_id = `session-${sessions++}`
  const events = await turn(server, { session_id, message }, as)
  return {
    session_id,
    question: eventOf(events, 'user_message_saved').data.id,
    answer: eventOf(events, 'message_saved').data.id,
    checkpoint: eventOf(events, 'message_saved').data.llm_checkpoint_id,
  }
}
const open = (json: unknown, as: Role = 'key') => server.call('createChatThread', { as, json })
/** A thread about a passage of the answer to a new question. */
async function opened(message: string, selected_text: string) {
  const base = await asked(message)
  const { data } = await open({ session_id: base.session_id, parent_message_id: base.answer, selected_text })
  return { ...base, thread: data, params: { thread_id: data.thread_id } }
}
const say = async (thread_id: string, json: object, as: Role = 'key') =>
  (await server.stream('sendChatThreadMessage', { as, params: { thread_id }, json })).rest()
const show = async (thread_id: string) =>
  (await server.call('getChatThread', { as: 'key', params: { thread_id } })).data
const threadsOf = async (session_id: string): Promise<Schemas['ChatThread'][]> =>
  (await server.call('getChatSession', { as: 'key', params: { session_id } })).data.threads
const statusOf = async (thread_id: string) =>
  (await server.call('getChatThread', { as: 'key', params: { thread_id } })).status
/** What the model was told last, its instructions aside. */
const told = () =>
  modelMessages(server)
    .filter(({ role }) => role !== 'system')
    .map(({ role, content }) => `${role}: ${content}`)
const excerpt = (passage: string, text: string) => `user: ${text}\n<selected_excerpt>\n${passage}\n</selected_excerpt>`

describe('a thread', () => {
  it('knows what was said up to its message, and nothing of what came after', async () => {
    const { session_id, answer, checkpoint } = await asked('[[say the sky is blue]]')
    await turn(server, { session_id, message: 'later' })
    const json = { session_id, parent_message_id: answer, selected_text: ' sky ' }
    const { data: thread } = await open(json)
    expect(thread).toMatchObject({
      parent_session_id: session_id,
      parent_message_id: answer,
      base_checkpoint_id: checkpoint,
      selected_text: 'sky',
    })
    const events = await say(thread.thread_id, { message: 'why?' })
    expect(kinds(events)).toBe('session_id user_message_saved run_started plain agent_stats complete message_saved end')
    expect(eventOf(events, 'session_id').session_id).toBe(thread.thread_id)
    const before = ['user: [[say the sky is blue]]', 'assistant: the sky is blue']
    expect(told()).toEqual([...before, excerpt('sky', 'why?')])
    const whole = await say(thread.thread_id, { message: 'and [[say so]]', enable_streaming: false })
    expect(kinds(whole)).toBe('session_id user_message_saved run_started agent_stats plain message_saved end')
    expect(told()).toEqual([
      ...before,
      excerpt('sky', 'why?'),
      `assistant: ${textOf(events)}`,
      excerpt('sky', 'and [[say so]]'),
    ])

    const shown = await show(thread.thread_id)
    expect(shown).toMatchObject({ thread: { thread_id: thread.thread_id }, is_running: false, active_runs: [] })
    // What is shown of a message is what its author wrote.
    expect(shown.history.map(row => `${row.sender_id}: ${storedText(row)}`)).toEqual([
      'alice: why?',
      `bot: ${textOf(events)}`,
      'alice: and [[say so]]',
      'bot: so',
    ])
    expect(shown.history[0]).toMatchObject({ platform_id: 'webchat_thread', user_id: thread.thread_id })
    expect(await threadsOf(session_id)).toEqual([shown.thread])

    // The session knows nothing of its thread.
    expect(await messagesOf(server, session_id)).toHaveLength(4)
    await turn(server, { session_id, message: 'go on' })
    expect(told().join()).not.toContain('excerpt')
  })

  it('is one for one passage of one message', async () => {
    const { session_id, answer, thread } = await opened('[[say a b a]]', 'a')
    const again = await open({ session_id, parent_message_id: String(answer), selected_text: ' a ' })
    expect(again.data).toEqual(thread)
    const other = await open({ session_id, parent_message_id: answer, selected_text: 'b' })
    expect(other.data.thread_id).not.toBe(thread.thread_id)
    expect((await threadsOf(session_id)).map(({ selected_text }) => selected_text)).toEqual(['a', 'b'])
    const both = await Promise.all(
      [1, 2, 3].map(() => open({ session_id, parent_message_id: answer, selected_text: 'c' })),
    )
    expect(new Set(both.map(({ data }) => data.thread_id)).size).toBe(1)
  })

  it('runs beside its session and other threads, is followed and stopped by its id', async () => {
    const { session_id, thread, params } = await opened('[[say something]]', 'something')
    const json = { message: '[[slow 300 20]]' }
    const stream = await server.stream('sendChatThreadMessage', { as: 'key', params, json })
    await stream.until(({ event }) => event.type === 'plain')
    expect(await show(thread.thread_id)).toMatchObject({
      is_running: true,
      active_runs: [{ session_id: thread.thread_id, status: 'running' }],
    })
    expect((await server.call('getChatSession', { as: 'key', params: { session_id } })).data.is_running).toBe(false)
    expect(textOf(await turn(server, { session_id, message: 'meanwhile' }))).toBe('You said: meanwhile')
    const { run_id } = eventOf(stream.received, 'run_started').data
    const resumed = await server.stream('resumeChatRun', { as: 'key', params: { run_id } })
    expect((await server.call('resumeChatRun', { as: 'otherKey', params: { run_id } })).status).toBe(404)
    const stop = { session_id: thread.thread_id }
    expect((await server.call('stopChatSession', { as: 'otherKey', params: stop })).status).toBe(403)
    expect((await server.call('stopChatSession', { as: 'key', params: stop })).data).toEqual({ stopped_count: 1 })
    const events = await stream.rest()
    expect(kinds(events)).toMatch(/complete message_saved end$/)
    expect((await resumed.rest()).at(-1)?.event.type).toBe('end')
    expect(storedText((await show(thread.thread_id)).history[1])).toBe(textOf(events))
  })

  it('gets no title', async () => {
    const { thread } = await opened('[[title T]] hello', 'hello')
    const count = server.models.titles.length
    await say(thread.thread_id, { message: '[[title U]] hello' })
    expect(server.models.titles).toHaveLength(count)
  })
})

describe('a thread goes', () => {
  it('when it is deleted, in the middle of a turn even', async () => {
    const { session_id, thread, params } = await opened('[[say x]]', 'x')
    await say(thread.thread_id, { message: 'one' })
    const json = { message: '[[slow 300 20]]' }
    const stream = await server.stream('sendChatThreadMessage', { as: 'key', params, json })
    await stream.until(({ event }) => event.type === 'plain')
    expect((await server.call('deleteChatThread', { as: 'key', params })).data).toEqual(params)
    expect((await stream.rest()).at(-1)?.event.type).toBe('end')
    const gone = { status: 404, error: { code: 'thread_not_found' } }
    for (const id of ['getChatThread', 'deleteChatThread'] as const)
      expect(await server.call(id, { as: 'key', params })).toMatchObject(gone)
    expect(await server.call('sendChatThreadMessage', { as: 'key', params, json })).toMatchObject(gone)
    expect(await threadsOf(session_id)).toEqual([])
    // Opened anew it remembers nothing of its former life.
    const parent_message_id = thread.parent_message_id
    const { data } = await open({ session_id, parent_message_id, selected_text: 'x' })
    await say(data.thread_id, { message: 'two' })
    expect(told()).toEqual(['user: [[say x]]', 'assistant: x', excerpt('x', 'two')])
  })

  it('with its session, and what the model remembers of it too', async () => {
    const { session_id, thread } = await opened('[[say x]]', 'x')
    await say(thread.thread_id, { message: 'hello' })
    const known = async () => {
      const { data } = await server.call('listConversations', { query: { page_size: 100 } })
      return data.conversations.filter(({ user_id }) => user_id.endsWith(thread.thread_id)).length
    }
    expect(await known()).toBe(1)
    await server.call('deleteChatSession', { as: 'key', params: { session_id } })
    expect(await statusOf(thread.thread_id)).toBe(404)
    expect(await known()).toBe(0)
  })

  it('with its message: when the answer is given again, and when the question is changed', async () => {
    const first = await opened('[[say x]]', 'x')
    const params = { session_id: first.session_id, message_id: String(first.answer) }
    await (await server.stream('regenerateChatMessage', { as: 'key', params })).rest()
    expect(await statusOf(first.thread.thread_id)).toBe(404)

    const second = await opened('[[say x]]', 'x')
    const json = { content: { type: 'user', message: [{ type: 'plain', text: 'y' }] } }
    const question = { session_id: second.session_id, message_id: String(second.question) }
    expect((await server.call('updateChatMessage', { as: 'key', params: question, json })).status).toBe(200)
    expect(await statusOf(second.thread.thread_id)).toBe(404)
    expect(await threadsOf(second.session_id)).toEqual([])
  })

  it('not with a later message', async () => {
    const { session_id, thread } = await opened('[[say x]]', 'x')
    const events = await turn(server, { session_id, message: 'later' })
    const params = { session_id, message_id: String(eventOf(events, 'message_saved').data.id) }
    await (await server.stream('regenerateChatMessage', { as: 'key', params })).rest()
    expect(await statusOf(thread.thread_id)).toBe(200)
    expect(textOf(await say(thread.thread_id, { message: '[[say still here]]' }))).toBe('still here')
  })
})

describe('refused is', () => {
  it('a thread about anything but a remembered answer', async () => {
    const { session_id, question, answer } = await asked('[[say x]]')
    const other = await asked('[[say y]]')
    const cases = [
      [{ session_id, parent_message_id: question, selected_text: 'x' }, 400, 'message_not_branchable'],
      [{ session_id, parent_message_id: 99999999, selected_text: 'x' }, 404, 'message_not_found'],
      [{ session_id, parent_message_id: other.answer, selected_text: 'x' }, 404, 'message_not_found'],
      [{ session_id: 'no-such', parent_message_id: answer, selected_text: 'x' }, 404, 'session_not_found'],
      [{ session_id, parent_message_id: answer, selected_text: '' }, 422, 'validation_failed'],
      [{ session_id, parent_message_id: answer, selected_text: '  ' }, 422, 'validation_failed'],
      [{ session_id, parent_message_id: 'x1', selected_text: 'x' }, 422, 'validation_failed'],
      [{ session_id: '', parent_message_id: answer, selected_text: 'x' }, 422, 'validation_failed'],
    ] as const
    for (const [json, status, code] of cases) {
      const answered = await open(json)
      expect({ json, status: answered.status, code: answered.error.code }).toEqual({ json, status, code })
    }
    expect(await threadsOf(session_id)).toEqual([])
  })

  it('a thread about an answer that the model has forgotten', async () => {
    const { session_id, answer } = await asked('[[say x]]')
    const umo = `webchat:FriendMessage:webchat!alice!${session_id}`
    const query = { user_id: umo }
    const [conversation] = (await server.call('listConversations', { query })).data.conversations
    const params = { conversation_id: conversation?.cid ?? '' }
    expect((await server.call('deleteConversation', { params, query })).status).toBe(200)
    expect(await open({ session_id, parent_message_id: answer, selected_text: 'x' })).toMatchObject({
      status: 409,
      error: { code: 'message_not_linked' },
    })
  })

  it('a message without content', async () => {
    const { params } = await opened('[[say x]]', 'x')
    for (const message of ['', '  ', [], [{ type: 'reply', message_id: 1 }]]) {
      const answer = await server.call('sendChatThreadMessage', { as: 'key', params, json: { message } })
      expect(answer).toMatchObject({ status: 400, error: { code: 'message_empty' } })
    }
    expect((await server.call('sendChatThreadMessage', { as: 'key', params, json: {} })).status).toBe(422)
    expect((await show(params.thread_id)).history).toEqual([])
  })

  it('everybody but the owner of the session', async () => {
    const { session_id, answer, params } = await opened('[[say x]]', 'x')
    const denied = { status: 403, error: { code: 'permission_denied' } }
    for (const as of ['otherKey', 'token'] as const) {
      expect(await server.call('getChatThread', { as, params })).toMatchObject(denied)
      expect(await server.call('deleteChatThread', { as, params })).toMatchObject(denied)
      expect(await server.call('sendChatThreadMessage', { as, params, json: { message: 'x' } })).toMatchObject(denied)
      expect(await open({ session_id, parent_message_id: answer, selected_text: 'x' }, as)).toMatchObject(denied)
    }
    // The dashboard's are closed to keys.
    const own = await asked('[[say x]]', 'token')
    const json = { session_id: own.session_id, parent_message_id: own.answer, selected_text: 'x' }
    expect((await open(json, 'token')).status).toBe(200)
    expect(await open(json)).toMatchObject(denied)
  })
})

itSawEveryAnswer(examples)
