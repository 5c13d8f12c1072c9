import { peerAnswer, startSocketPeer } from '@astrbot/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { openSocket } from './index.ts'

const unhandled: unknown[] = []
const note = (error: unknown) => unhandled.push(error)
beforeAll(() => process.on('unhandledRejection', note))
afterAll(() => process.off('unhandledRejection', note))

const fault = fc.option(
  fc.record({ when: fc.constantFrom('before', 'after', 'answer'), at: fc.integer({ min: 1, max: 8 }) }),
  { nil: undefined },
)
const scenario = fc.record({
  endpoint: fc.constantFrom('chat', 'unified'),
  faults: fc.array(fault, { maxLength: 4 }),
  /** Messages that are sent together, and rounds of them; some go into sessions that are there already. */
  rounds: fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  drops: fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 3 }),
})

it('loses no message and no word, and doubles none, however often the connection breaks', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ endpoint, faults, rounds, drops }) => {
      await using peer = await startSocketPeer({ faults })
      const credential = endpoint === 'chat' ? { apiKey: 'abk_1', username: 'ada' } : { token: 'abk_1' }
      const client = createClient({ baseUrl: peer.url, retryDelay: () => 1, ...credential })
      await using socket = openSocket(client, { endpoint, WebSocket })
      for (const after of drops) setTimeout(() => peer.drop(), after)
      const sent: string[] = []
      for (const [round, messages] of rounds.entries()) {
        await Promise.all(
          messages.map(async (known, index) => {
            const message = `m${round}-${index}`
            const stream = socket.send({ message, ...(known && { sessionId: `s-${index}` }) })
            sent.push(message)
            expect(await stream.text()).toBe(peerAnswer(message))
            const types: string[] = []
            for await (const { type } of stream) types.push(type)
            expect(types.filter(type => type !== 'plain')).toEqual(whole)
          }),
        )
      }
      expect(peer.taken.sort()).toEqual(sent.sort())
    }),
    { numRuns: 40, endOnFailure: true },
  )
  expect(unhandled).toEqual([])
}, 60_000)

const whole = ['session_id', 'run_started', 'complete', 'message_saved', 'end']
