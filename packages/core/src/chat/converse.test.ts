import { describe, expect, it } from 'vitest'
import type { ChatCaller } from './access.ts'
import { type ChatFixture, chatFixture, eventsOf, kinds, say, sayForever } from './fixture.ts'

const alice: ChatCaller = { username: 'alice', apiKeyId: null }
const bob: ChatCaller = { username: 'bob', apiKeyId: null }

const stored = ({ store }: ChatFixture) => store.db.selectFrom('platform_message_history').selectAll().execute()

describe('a turn of a voice session', () => {
  it('is remembered by the model and stored nowhere as a message', async () => {
    await using fixture = await chatFixture()
    fixture.model.answers = [() => say('Hello, ', 'Zora')]
    expect(kinds(await eventsOf(await fixture.chat.converse(alice, 'v1', 'I am Zora')))).toBe(
      'session_id run_started plain agent_stats complete end',
    )
    await eventsOf(await fixture.chat.converse(alice, 'v1', 'Who am I?'))
    const heard = fixture.model.seen.at(-1)?.map(({ role, content }) => `${role}: ${content}`)
    expect(heard?.slice(-3)).toEqual(['user: I am Zora', 'assistant: Hello, Zora', 'user: Who am I?'])
    expect(await stored(fixture)).toEqual([])
    expect((await fixture.chat.sessions.list(alice, { page: 1, pageSize: 10 })).total).toBe(0)
  })

  it('that a crash cuts off is ended, and leaves no message behind', async () => {
    await using fixture = await chatFixture()
    fixture.model.answers = [sayForever]
    const run = await fixture.chat.converse(alice, 'v1', 'Go on')
    for await (const batch of run.follow()) if (batch.some(({ event }) => event.type === 'plain')) break
    const after = await fixture.reopen()
    const { events } = await after.resume(alice, run.info.runId, 0)
    const told = await eventsOf({
      follow: async function* () {
        yield* events
      },
    })
    expect(told.slice(-2)).toMatchObject([{ type: 'error', code: 'interrupted' }, { type: 'end' }])
    expect(await stored(fixture)).toEqual([])
  })
})

describe('a run whose log cannot be read', () => {
  it('keeps neither the others nor the bot from starting', async () => {
    await using fixture = await chatFixture()
    fixture.model.answers = [sayForever]
    const runs = [await fixture.chat.converse(alice, 'v1', 'a'), await fixture.chat.converse(alice, 'v2', 'b')]
    for (const run of runs) {
      for await (const batch of run.follow()) if (batch.some(({ event }) => event.type === 'plain')) break
    }
    const [broken, sound] = runs.map(({ info }) => info.runId)
    const log = { run_id: broken ?? '', first_seq: 1_000, events: '[{' }
    await fixture.store.db.insertInto('chat_run_events').values(log).execute()
    await fixture.reopen()
    const rows = await fixture.store.db.selectFrom('chat_runs').select(['run_id', 'status']).execute()
    expect(rows.find(({ run_id }) => run_id === sound)?.status).toBe('interrupted')
    expect(rows.find(({ run_id }) => run_id === broken)?.status).toBe('failed')
  })
})

describe('listening to a session', () => {
  it('tells its owner what the bot says by itself, until it stops', async () => {
    await using fixture = await chatFixture()
    const { chat } = fixture
    const heard: string[] = []
    const early = await chat.listen(bob, 's1', ({ id }) => void heard.push(`bob ${id}`))
    await eventsOf(await chat.send(alice, { message: 'x', sessionId: 's1', streaming: true }))
    await expect(chat.listen(bob, 's1', () => {})).rejects.toMatchObject({ code: 'permission_denied' })
    const release = await chat.listen(alice, 's1', () => void heard.push('alice'))
    await chat.pushes.push('s1', [{ type: 'plain', text: 'by the way' }])
    await expect.poll(() => heard).toEqual(['alice'])
    release()
    early()
    await chat.pushes.push('s1', [{ type: 'plain', text: 'one more' }])
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(heard).toEqual(['alice'])
  })
})
