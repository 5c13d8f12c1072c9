import { expect, it } from 'vitest'
import { TestServer } from './support/server.ts'

it('getStartTime tells anybody when the server started, in whole seconds, and anew after a restart', async () => {
  await using server = await TestServer.start()
  const startTime = async () => (await server.call('getStartTime', { as: 'nobody' })).data.start_time
  const first = await startTime()
  expect(Math.abs(first - Date.now() / 1000)).toBeLessThan(60)
  await new Promise(resolve => setTimeout(resolve, 1000))
  expect(await startTime()).toBe(first)
  await server.restart()
  expect(await startTime()).toBeGreaterThan(first)
})
