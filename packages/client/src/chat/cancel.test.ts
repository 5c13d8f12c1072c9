import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { numbered, turn } from '../../tests/chat-events.ts'
import { fail, hangUp, type Reply, serve, stream } from '../../tests/http-server.ts'
import { createClient } from '../client.ts'
import { isAstrBotError } from '../errors/astrbot-error.ts'

const unhandled: unknown[] = []
const note = (error: unknown) => unhandled.push(error)
beforeAll(() => process.on('unhandledRejection', note))
afterAll(() => process.off('unhandledRejection', note))

const servers: Record<string, Reply[]> = {
  whole: [stream({ events: numbered(turn) })],
  refusing: [fail(403, 'x', 'x')],
  broken: [stream({ events: numbered(turn.slice(0, 4)), last: 'drop' }), hangUp, stream({ events: numbered(turn) })],
  dead: [hangUp],
  silent: [stream({ events: numbered(turn.slice(0, 4)), last: 'stall' })],
  mute: [() => {}],
}

const views = ['loop', 'break', 'throw', 'texts', 'text', 'final', 'stop', 'nothing'] as const
const ends = ['none', 'abort', 'signal', 'dispose'] as const

describe('cancelling', () => {
  it('leaves no promise behind that could end the process, whatever is left when', async () => {
    const scenario = fc.record({
      server: fc.constantFrom(...Object.keys(servers)),
      views: fc.uniqueArray(fc.constantFrom(...views), { minLength: 1, maxLength: 3 }),
      end: fc.constantFrom(...ends),
      after: fc.integer({ min: 0, max: 25 }),
    })
    await fc.assert(
      fc.asyncProperty(scenario, async ({ server: kind, views, end, after }) => {
        await using server = await serve(...(servers[kind] ?? []))
        const client = createClient({ baseUrl: server.url, apiKey: 'abk_1', retryDelay: () => 3 })
        const controller = new AbortController()
        const answer = client.chat.stream({
          message: 'Hi',
          signal: controller.signal,
          idleTimeout: 60,
          timeout: 60,
          maxResumes: 2,
        })
        const watched: Promise<unknown>[] = []
        for (const view of views) {
          // Asked for and dropped, as callers do who leave by an error of their own.
          if (view === 'text') answer.text()
          if (view === 'final') answer.final()
          if (view === 'stop') watched.push(answer.stop())
          if (view === 'texts') watched.push(read(answer.textStream))
          if (view === 'loop') watched.push(read(answer))
          if (view === 'break') watched.push(read(answer, () => true))
          if (view === 'throw') {
            const own = () => {
              throw new Error('own')
            }
            watched.push(
              read(answer, own).catch(error => expect(isAstrBotError(error) || error.message === 'own').toBe(true)),
            )
          }
        }
        const outcomes = Promise.allSettled(watched)
        await new Promise(resolve => setTimeout(resolve, after))
        if (end === 'abort') answer.abort()
        if (end === 'signal') controller.abort()
        if (end === 'dispose') await answer[Symbol.asyncDispose]()
        for (const outcome of await outcomes) {
          if (outcome.status === 'rejected') expect(isAstrBotError(outcome.reason)).toBe(true)
        }
        answer.abort()
      }),
      { numRuns: 150 },
    )
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(unhandled).toEqual([])
  }, 60_000)
})

async function read(items: AsyncIterable<unknown>, leave: () => boolean = () => false): Promise<void> {
  for await (const _ of items) if (leave()) break
}
