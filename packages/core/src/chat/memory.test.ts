import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { type ChatFixture, chatFixture, eventsOf, say } from './fixture.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** What lives on after everything that can go is gone, in bytes. */
function living(): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

const words = Array.from({ length: 40 }, (_, i) => `word${i} `)

/** Turns of many sessions; the test itself keeps nothing of them. */
async function talk({ chat, model, chosen }: ChatFixture, turns: number, name: string): Promise<void> {
  for (let i = 0; i < turns; i++) {
    const sessionId = `${name}-${i % 100}`
    const caller = { username: 'alice', apiKeyId: null }
    await eventsOf(await chat.send(caller, { message: `question ${i}`, sessionId, streaming: true }))
    for (const list of [model.seen, model.named, chosen]) list.length = 0
  }
}

it('keeps nothing of turns that are over', async () => {
  await using fixture = await chatFixture()
  fixture.model.answers = [() => say(...words)]
  await talk(fixture, 300, 'chat')
  const before = living()
  await talk(fixture, 1000, 'chat')
  // The events of one turn take more than ten kilobytes.
  const perTurn = (living() - before) / 1000
  expect(perTurn).toBeLessThan(1000)
})
