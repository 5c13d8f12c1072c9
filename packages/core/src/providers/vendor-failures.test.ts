import { type ModelServer, startModelServer } from '@astrbot/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { AstrBotError } from '../errors.ts'
import type { ModelEvent } from './model.ts'
import { asking, collect, until, vendorModel, vendors } from './providers.testing.ts'

let server: ModelServer
beforeAll(async () => {
  server = await startModelServer()
})
afterAll(() => server.stop())
beforeEach(() => {
  server.seen.length = 0
})

/** The error of an answer, and what came before it. */
async function failure(events: AsyncIterable<ModelEvent>): Promise<{ error: AstrBotError; text: string }> {
  let text = ''
  try {
    for await (const event of events) if (event.type === 'text') text += event.text
  } catch (error) {
    if (error instanceof AstrBotError) return { error, text }
    throw error
  }
  throw new Error('it did not fail')
}

describe.each(vendors)('%s', vendor => {
  describe.each([true, false])('streaming: %s', streaming => {
    const model = (options = {}) => vendorModel(vendor, server.url, options)
    const fail = (text: string, source = {}) => failure(model({ source }).run(asking(text, { streaming })))

    test.each([
      ['401', 'provider_auth_failed', 1],
      ['403', 'provider_auth_failed', 1],
      ['429', 'provider_rate_limited', 3],
      ['408', 'provider_timeout', 3],
      ['409', 'provider_failed', 3],
      ['500', 'provider_failed', 3],
      ['503', 'provider_failed', 3],
      ['504', 'provider_timeout', 3],
      ['404', 'provider_failed', 1],
      ['400', 'provider_failed', 1],
      ['302', 'provider_failed', 1],
      ['ctx', 'context_too_long', 1],
    ])('status %s is %s after %i tries', async (status, code, tries) => {
      const { error } = await fail(`[[fail ${status}]]`)
      expect(error.code).toBe(code)
      expect(error.data.cause).toMatch(
        status === 'ctx' ? /^HTTP 400: .*maximum context length/ : `HTTP ${status}: Scripted failure ${status}.`,
      )
      expect(server.seen).toHaveLength(tries)
    })

    test('a failure that passes is not noticed', async () => {
      const answer = await collect(model({ model: 'err500x2' }).run(asking('hi', { streaming })))
      expect(answer.text).toBe('You said: hi')
      expect(server.seen).toHaveLength(3)
    })

    test('a refused key does not show', async () => {
      const { error } = await fail('hi', { key: ['sk-bad-secret-1234'] })
      expect(error.code).toBe('provider_auth_failed')
      expect(JSON.stringify([error.message, error.data, error.params, String(error.cause)])).not.toContain('secret')
    })

    test('an empty answer is an error', async () => {
      expect((await fail('[[empty]]')).error.code).toBe('provider_empty_answer')
    })

    test('what is no JSON is an error', async () => {
      const { error, text } = await fail('[[rubbish]]')
      expect(error.code).toBe('provider_failed')
      expect(text).toBe(streaming ? 'w0' : '')
      expect(server.seen).toHaveLength(1)
    })

    test('silence runs into the timeout', async () => {
      const began = Date.now()
      const { error, text } = await fail('[[stall]]', { timeout: 1 })
      expect(error.code).toBe('provider_timeout')
      expect(error.data.cause).toBe('No answer for 1 s')
      expect(text).toBe(streaming ? 'w0' : '')
      expect(Date.now() - began).toBeLessThan(10_000)
      expect(server.seen).toHaveLength(1)
      await until(() => server.seen[0]?.outcome === 'client-gone')
    })

    test('nobody there', async () => {
      const { error } = await failure(vendorModel(vendor, 'http://127.0.0.1:9').run(asking('hi', { streaming })))
      expect(error.code).toBe('provider_unreachable')
      expect(error.data.cause).toContain('ECONNREFUSED')
    })

    test('no such host', async () => {
      const { error } = await failure(vendorModel(vendor, 'http://nowhere.invalid').run(asking('hi', { streaming })))
      expect(error.code).toBe('provider_unreachable')
      expect(error.data.cause).toMatch(/ENOTFOUND|EAI_AGAIN/)
    })

    test('an address that is none', async () => {
      const { error } = await failure(vendorModel(vendor, 'nonsense').run(asking('hi', { streaming })))
      expect(error.code).toBe('provider_failed')
    })

    test('an abort ends the call at once with its own reason, and frees the connection', async () => {
      const controller = new AbortController()
      const reason = new DOMException('stopped', 'AbortError')
      const asked = asking('[[slow 2000 5]]', { streaming, signal: controller.signal })
      const answer = collect(model().run(asked))
      await until(() => server.seen.length === 1)
      setTimeout(() => controller.abort(reason), 50)
      await expect(answer).rejects.toBe(reason)
      await until(() => server.seen[0]?.outcome === 'client-gone')
    })

    test('an abort ends the wait for the next try', async () => {
      const controller = new AbortController()
      const sleep = vi.fn(
        (_ms: number, signal: AbortSignal) =>
          new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      )
      const answer = collect(model({ sleep }).run(asking('[[fail 500]]', { streaming, signal: controller.signal })))
      await until(() => sleep.mock.calls.length === 1)
      controller.abort()
      await expect(answer).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
      expect(server.seen).toHaveLength(1)
    })

    test('aborted beforehand: nothing is sent', async () => {
      await expect(collect(model().run(asking('hi', { streaming, signal: AbortSignal.abort() })))).rejects.toThrow(
        'aborted',
      )
      expect(server.seen).toHaveLength(0)
    })
  })

  test('a stream that breaks midway is not tried again', async () => {
    const { error, text } = await failure(vendorModel(vendor, server.url).run(asking('[[die 3]]')))
    expect(error.code).toBe('provider_failed')
    expect(text).toBe('w0 w1 w2')
    expect(server.seen).toHaveLength(1)
  })

  test('a connection that breaks before the first token is tried again', async () => {
    const { error } = await failure(vendorModel(vendor, server.url).run(asking('[[die 0]]', { streaming: false })))
    expect(error.code).toBe('provider_unreachable')
    expect(server.seen).toHaveLength(3)
  })

  test('a reader that stops early frees the connection', async () => {
    for await (const event of vendorModel(vendor, server.url).run(asking('[[slow 2000 5]]'))) {
      if (event.type === 'text') break
    }
    await until(() => server.seen[0]?.outcome === 'client-gone')
  })

  test('the connection is used again', async () => {
    const model = vendorModel(vendor, server.url)
    await collect(model.run(asking('[[slow 5 1]]')))
    await until(() => server.seen[0]?.outcome === 'finished')
    await collect(model.run(asking('[[slow 5 1]]')))
    expect(new Set(server.seen.map(({ connection }) => connection)).size).toBe(1)
  })

  test('waits as the vendor asks, but not for long', async () => {
    const sleep = vi.fn(async () => {})
    const model = vendorModel(vendor, server.url, { sleep })
    await failure(model.run(asking('[[fail 429 retry-after 7]]')))
    expect(sleep.mock.calls.map(([ms]: number[]) => ms)).toEqual([7000, 7000])
    sleep.mockClear()
    const { error } = await failure(model.run(asking('[[fail 429 retry-after 60]]')))
    expect(error.code).toBe('provider_rate_limited')
    expect(sleep).not.toHaveBeenCalled()
  })
})
