import { silentLog } from '@astrbot/core'
import { expect, it } from 'vitest'
import { TestServer } from './support/server.ts'

// An answer that breaks the contract is our mistake: seen by whoever develops, never the caller's loss in production.

/** What becomes of as many answers that hold a number in place of an id. */
async function brokenAnswers(count: number, env: Record<string, string>) {
  const logged: string[] = []
  const log = { ...silentLog, error: (_: object, message: string) => void logged.push(message) }
  await using server = await TestServer.start({ log, env })
  Object.assign(server.running.bot.im, { botIds: () => [5] })
  const answers: number[] = []
  for (let i = 0; i < count; i++) {
    const { status } = await server.fetch('/api/v1/im/bots', { headers: server.credentials.token })
    answers.push(status)
  }
  return { answers: new Set(answers), logged: logged.filter(line => line.includes('listImBots')).length }
}

it('is refused while developing', async () => {
  expect((await brokenAnswers(1, {})).answers).toEqual(new Set([500]))
})

it('is given in production, and one of sixteen is checked, the first one included', async () => {
  const production = { NODE_ENV: 'production' }
  expect(await brokenAnswers(1, production)).toEqual({ answers: new Set([200]), logged: 1 })
  expect(await brokenAnswers(17, production)).toEqual({ answers: new Set([200]), logged: 2 })
})
