import { afterAll, beforeAll } from 'vitest'
import { TestServer } from './server.ts'

/** The server of a file's tests. */
export let server: TestServer
/** One more, which takes JSON bodies up to 2000 bytes. */
export let narrow: TestServer

beforeAll(async () => {
  server = await TestServer.start()
  narrow = await TestServer.start({ env: { ASTRBOT_MAX_JSON_BYTES: '2000' } })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await narrow[Symbol.asyncDispose]()
})
