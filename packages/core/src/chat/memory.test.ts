import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { type ChatFixture, chatFixture, eventsOf, say, usage } from './fixture.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** What lives on after everything that can go is gone, in bytes. */
function living(): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

const answer = 'word '.repeat(40)

/** Turns of many sessions; the test itself keeps nothing of them. */
async function talk({ chat, model, chosen }: ChatFixture, turns: number, name: string): Promise<void> {
  for (let i = 0; i < turns; i++) {
    const sessionId = `${name}-${i % 50}`
    const caller = { username: 'alice', apiKeyId: null }
    await eventsOf(await chat.send(caller, { message: `question ${i}`, sessionId, streaming: true }))
    for (const list of [model.seen, model.named, chosen]) list.length = 0
  }
}

it('keeps nothing of turns that are over', async () => {
  await using fixture = await chatFixture()
  fixture.model.answers = [() => say(answer)]
  fixture.model.title = async function* () {
    yield { type: 'text', text: 'A title' }
    yield { type: 'finish', reason: 'stop', usage }
  }
  await talk(fixture, 300, 'warm')
  const before = living()
  await talk(fixture, 1200, 'more')
  // A turn has 200 bytes of text, its events and rows several kilobytes: a leak of any of it would be megabytes.
  const perTurn = (living() - before) / 1200
  console.log(perTurn, before)
  expect(perTurn).toBeLessThan(300)
})
