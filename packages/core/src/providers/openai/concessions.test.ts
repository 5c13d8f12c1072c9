import { describe, expect, test } from 'vitest'
import type { LlmMessage } from '../model.ts'
import { asking, collect, vendorModel } from '../providers.testing.ts'
import { hello, refusal, serve } from './serve.testing.ts'

describe('a chat learns what a server refuses', () => {
  const tool = { name: 'f', description: '', parameters: {} }
  const messages: LlmMessage[] = [
    { role: 'user', content: 'old' },
    { role: 'assistant', content: 'old', reasoning_content: 'old thought' },
    { role: 'user', content: 'hi' },
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'thought',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'a', content: 'r' },
  ]
  const lessons: [string, string, (body: Record<string, unknown>) => boolean][] = [
    ['stream_options', 'Unrecognized request argument supplied: stream_options', body => 'stream_options' in body],
    [
      'reasoning_content',
      "property 'reasoning_content' is unsupported",
      body => JSON.stringify(body).includes('reasoning_content'),
    ],
    ['tools', 'No endpoints found that support tool use.', body => 'tools' in body],
    [
      'tools with effort',
      "Function tools with reasoning_effort are not supported. Set reasoning_effort to 'none'.",
      body => body.reasoning_effort !== 'none',
    ],
  ]
  test.each(lessons)('%s', async (_name, message, refuses) => {
    const { url, bodies } = await serve(body => (refuses(body) ? refusal(message) : { text: hello }))
    const model = vendorModel('openai', url)
    expect((await collect(model.run(asking('', { messages, tools: [tool] })))).text).toBe('hello')
    expect((await collect(model.run(asking('', { messages, tools: [tool] })))).text).toBe('hello')
    expect(bodies.map(refuses)).toEqual([true, false, false])
  })

  test('a server that refuses all the same is not asked for ever', async () => {
    const { url, bodies } = await serve(() => refusal('stream_options'))
    await expect(collect(vendorModel('openai', url).run(asking('hi')))).rejects.toThrow('stream_options')
    expect(bodies).toHaveLength(2)
  })

  test('reasoning of earlier turns is not sent', async () => {
    const { url, bodies } = await serve(() => ({ text: hello }))
    await collect(vendorModel('openai', url).run(asking('', { messages })))
    expect(JSON.stringify(bodies)).not.toContain('old thought')
    expect(JSON.stringify(bodies)).toContain('"reasoning_content":"thought"')
  })
})

describe.each(['openai', 'responses'] as const)('pictures (%s)', vendor => {
  const content = [
    { type: 'text' as const, text: 'see' },
    { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
  ]
  const messages: LlmMessage[] = [{ role: 'user', content }]
  const answer = {
    type: 'application/json',
    text: JSON.stringify({
      choices: [{ message: { content: 'hello' }, finish_reason: 'stop' }],
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'hello' }] }],
    }),
  }

  test.each([
    'This model is not a VLM (Vision Language Model)',
    'deepseek does not support image input',
    'Failed to deserialize: unknown variant `image_url`, expected `text`',
    'No endpoints found that support image input',
    'The image failed our moderation check',
  ])('%s: it goes without them, this time', async words => {
    const seesPictures = (body: object) => JSON.stringify(body).includes('iVBORw0KGgo')
    const { url, bodies } = await serve(body => (seesPictures(body) ? refusal(words) : answer))
    const model = vendorModel(vendor, url)
    expect((await collect(model.run(asking('', { messages })))).text).toBe('hello')
    expect(bodies.map(seesPictures)).toEqual([true, false])
    expect(JSON.stringify(bodies[1])).toContain('[image that cannot be shown]')
    await collect(model.run(asking('', { messages })))
    expect(bodies.map(seesPictures)).toEqual([true, false, true, false])
  })

  test('another refusal is one', async () => {
    const { url, bodies } = await serve(() => refusal('the temperature is out of range'))
    await expect(collect(vendorModel(vendor, url).run(asking('', { messages })))).rejects.toThrow('temperature')
    expect(bodies).toHaveLength(1)
  })
})
