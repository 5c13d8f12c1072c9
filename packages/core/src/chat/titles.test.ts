import { expect, it } from 'vitest'
import type { ModelEvent, ModelRequest } from '../providers/model.ts'
import type { ChatCaller } from './access.ts'
import { type ChatFixture, chatFixture, eventsOf, kinds, say } from './fixture.ts'

const alice: ChatCaller = { username: 'alice', apiKeyId: null }
const page = { page: 1, pageSize: 10 }

const turn = async ({ chat }: ChatFixture, message = 'hi') =>
  eventsOf(await chat.send(alice, { message, sessionId: 's1', streaming: true }))
const nameOf = async ({ chat }: ChatFixture) => (await chat.sessions.get(alice, 's1', page)).session?.display_name

/** A title that comes when a test lets it. */
function held(title: string) {
  const asked = Promise.withResolvers<ModelRequest>()
  const gate = Promise.withResolvers<void>()
  async function* answer(request: ModelRequest): AsyncGenerator<ModelEvent> {
    asked.resolve(request)
    const stopped = new Promise((_, reject) =>
      request.signal.addEventListener('abort', () => reject(request.signal.reason)),
    )
    await Promise.race([gate.promise, stopped])
    yield* say(title)
  }
  return { answer, asked: asked.promise, release: gate.resolve }
}
const settled = () => new Promise(resolve => setTimeout(resolve, 50))

it('does not wait for a title, and asks once at a time', async () => {
  await using fixture = await chatFixture()
  const title = held('  On rain  ')
  fixture.model.title = title.answer
  expect(kinds(await turn(fixture, 'Will it rain?'))).toMatch(/complete message_saved end$/)
  await turn(fixture)
  expect(fixture.model.named).toHaveLength(1)
  expect(await nameOf(fixture)).toBeNull()
  title.release()
  await settled()
  expect(await nameOf(fixture)).toBe('On rain')
  const query = { filter: {}, includeHistory: false, groupBySession: false }
  const [conversation] = (await fixture.conversations.list(query)).conversations
  expect(conversation?.title).toBe('On rain')
})

it.each(['', '  ', '<None>', 'I would say <None>'])('takes %j for no title', async answer => {
  await using fixture = await chatFixture()
  fixture.model.title = () => say(answer)
  await turn(fixture)
  await settled()
  expect(await nameOf(fixture)).toBeNull()
})

it('fails beside the turn, never with it', async () => {
  await using fixture = await chatFixture()
  fixture.model.title = () => {
    throw new Error('no titles today')
  }
  expect(kinds(await turn(fixture))).toMatch(/complete message_saved end$/)
  await settled()
  expect(await nameOf(fixture)).toBeNull()
})

it('does not overwrite what the user has called the session meanwhile', async () => {
  await using fixture = await chatFixture()
  const title = held('Theirs')
  fixture.model.title = title.answer
  await turn(fixture)
  await fixture.chat.sessions.rename(alice, 's1', 'Mine')
  title.release()
  await settled()
  expect(await nameOf(fixture)).toBe('Mine')
})

it('is given up when the session goes, and names no other of that id', async () => {
  await using fixture = await chatFixture()
  const title = held('Of the old one')
  fixture.model.title = title.answer
  await turn(fixture)
  const { signal } = await title.asked
  await fixture.chat.sessions.delete(alice, 's1')
  expect(signal.aborted).toBe(true)
  fixture.model.title = () => say('<None>')
  await turn(fixture)
  title.release()
  await settled()
  expect(await nameOf(fixture)).toBeNull()
})
