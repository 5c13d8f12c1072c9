import { describe, expect, test } from 'vitest'
import type { LlmMessage } from '../model.ts'
import { refusal, serve } from '../openai/serve.testing.ts'
import { asking, collect, vendorModel } from '../providers.testing.ts'

const event = (type: string, value: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...value })}\n\n`
const said = (text: string, place = 0) =>
  event('response.output_item.done', {
    output_index: place,
    item: { type: 'message', content: [{ type: 'output_text', text }] },
  })
const completed = (more: object = {}) => event('response.completed', { response: { status: 'completed', ...more } })

describe('streams', () => {
  const answers: [string, string, object][] = [
    ['words that come only with the finished part', said('all at once') + completed(), { text: 'all at once' }],
    [
      'pieces, and then the part again',
      event('response.output_text.delta', { output_index: 0, delta: 'once' }) + said('once') + completed(),
      { text: 'once' },
    ],
    [
      'reasoning of open models',
      event('response.reasoning_text.delta', { output_index: 0, delta: 'hm' }) + said('a', 1) + completed(),
      { reasoning: 'hm', text: 'a' },
    ],
    [
      'a refusal',
      event('response.refusal.delta', { output_index: 0, delta: 'I cannot' }) + completed(),
      { text: 'I cannot' },
    ],
    [
      'too long an answer',
      said('a') + event('response.incomplete', { response: { incomplete_details: { reason: 'max_output_tokens' } } }),
      { text: 'a', finish: { reason: 'length' } },
    ],
    ['what is unknown', event('response.future', { delta: 'x' }) + said('a') + completed(), { text: 'a' }],
    [
      'a call without arguments',
      event('response.output_item.done', { item: { type: 'function_call', call_id: 'c', name: 'f', arguments: '' } }) +
        completed(),
      { calls: [{ id: 'c', name: 'f', args: {} }], finish: { reason: 'tool_calls' } },
    ],
    ['words after the end', said('a') + completed() + event('error', { message: 'too late' }), { text: 'a' }],
  ]
  test.each(answers)('%s', async (_name, text, expected) => {
    const { url } = await serve(() => ({ text }))
    expect(await collect(vendorModel('responses', url).run(asking('hi')))).toMatchObject(expected)
  })

  const failures: [string, string, string][] = [
    ['an error', event('error', { code: 'server_error', message: 'oh' }), 'oh'],
    ['a failed response', event('response.failed', { response: { error: { code: 'x', message: 'broke' } } }), 'broke'],
    ["a relay's own", 'data: {"error":{"message":"no credit","code":402}}\n\n', 'no credit'],
    ['an end without the end', said('a'), 'ended before'],
    [
      'a withheld answer',
      event('response.incomplete', { response: { incomplete_details: { reason: 'content_filter' } } }),
      'content filter',
    ],
  ]
  test.each(failures)('fail: %s', async (_name, text, words) => {
    const { url } = await serve(() => ({ text }))
    const call = collect(vendorModel('responses', url).run(asking('hi')))
    await expect(call).rejects.toMatchObject({
      code: 'provider_failed',
      data: { cause: expect.stringContaining(words) },
    })
  })
})

test('a call keeps nothing at the vendor, and has its settings where this API wants them', async () => {
  const { url, bodies, paths } = await serve(() => ({ text: said('a') + completed() }))
  const provider = { custom_extra_body: { max_tokens: 7, reasoning_effort: 'low', temperature: 1 } }
  const messages: LlmMessage[] = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'hello', reasoning_content: 'greet' },
    { role: 'user', content: 'again' },
  ]
  await collect(vendorModel('responses', url, { provider }).run(asking('', { messages })))
  expect(paths[0]).toMatch('/v1/responses')
  expect(bodies[0]).toEqual({
    model: 'echo',
    input: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'hello' },
      { role: 'user', content: 'again' },
    ],
    store: false,
    stream: true,
    include: ['reasoning.encrypted_content'],
    max_output_tokens: 7,
    reasoning: { effort: 'low' },
    temperature: 1,
  })
})

test('models without reasoning are not asked for it twice', async () => {
  const { url, bodies } = await serve(body =>
    'include' in body
      ? refusal('Encrypted content is not supported with this model.')
      : { text: said('a') + completed() },
  )
  const model = vendorModel('responses', url)
  for (const _ of [1, 2]) expect((await collect(model.run(asking('hi')))).text).toBe('a')
  expect(bodies.map(body => 'include' in body)).toEqual([true, false, false])
})
