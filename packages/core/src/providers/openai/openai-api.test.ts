import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { LlmMessage } from '../model.ts'
import { asking, collect, vendorModel } from '../providers.testing.ts'

const running: { close(): void }[] = []
afterEach(() => {
  for (const server of running.splice(0)) server.close()
})

/** A server of one vendor's habits; gives its address and the bodies that it saw. */
async function serve(
  answer: (body: Record<string, unknown>, count: number) => { status?: number; type?: string; text: string },
) {
  const bodies: Record<string, unknown>[] = []
  const paths: string[] = []
  const listener: RequestListener = async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const body = JSON.parse(text)
    bodies.push(body)
    paths.push(`${request.url} ${request.headers['api-key'] ?? ''}`)
    const { status = 200, type = 'text/event-stream', text: reply } = answer(body, bodies.length)
    response.writeHead(status, { 'content-type': type }).end(reply)
  }
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  running.push({ close: () => server.closeAllConnections() ?? server.close() })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, paths }
}

const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const hello = `${chunk({ content: 'hello' })}${chunk({}, 'stop')}data: [DONE]\n\n`
const refusal = (message: string) => ({
  status: 400,
  type: 'application/json',
  text: JSON.stringify({ error: { message } }),
})

describe('streams in the dialects of compatible servers', () => {
  const answers: [string, string, object][] = [
    ['no [DONE]', chunk({ content: 'a' }) + chunk({ content: 'b' }, 'stop'), { text: 'ab' }],
    ['no finish reason', `${chunk({ content: 'a' })}data: [DONE]\n\n`, { text: 'a' }],
    [
      'comments, CRLF, no space, no last newline',
      `: ping\r\n\r\ndata:${chunk({ content: 'a' }).slice(5).trim()}\r\n\r\nevent: x\ndata: [DONE]`,
      { text: 'a' },
    ],
    [
      'thoughts in tags',
      ['<th', 'ink>', 'hm', 'm</', 'think>\n', '\nfour'].map(content => chunk({ content })).join('') +
        chunk({}, 'stop'),
      { reasoning: 'hmm', text: 'four' },
    ],
    [
      'a text that only begins like a tag',
      ['<th', 'at>'].map(content => chunk({ content })).join('') + chunk({}, 'stop'),
      { text: '<that>' },
    ],
    [
      'a thought without end',
      chunk({ content: '<think>hm</thi' }) + chunk({}, 'stop'),
      { reasoning: 'hm</thi', text: '' },
    ],
    [
      '`reasoning` for `reasoning_content`',
      chunk({ reasoning: 'hm', content: null }) + chunk({ content: 'a' }, 'stop'),
      { reasoning: 'hm', text: 'a' },
    ],
    [
      'a list of parts',
      chunk(
        {
          content: [
            { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
            { type: 'text', text: 'a' },
          ],
        },
        'stop',
      ),
      { reasoning: 'hm', text: 'a' },
    ],
    ['a refusal', chunk({ refusal: 'I cannot' }, 'stop'), { text: 'I cannot' }],
    ['the whole in place of a stream', '', { text: 'whole' }],
  ]
  test.each(answers)('%s', async (name, text, expected) => {
    const whole = {
      type: 'application/json',
      text: '{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}',
    }
    const { url } = await serve(() => (name.startsWith('the whole') ? whole : { text }))
    expect(await collect(vendorModel('openai', url).run(asking('hi')))).toMatchObject(expected)
  })

  const calls: [string, object[], object[]][] = [
    [
      'no index, each whole',
      [
        { id: 'a', function: { name: 'f', arguments: '{"x":1}' } },
        { id: 'b', function: { name: 'f', arguments: '{"x":2}' } },
      ],
      [
        { id: 'a', args: { x: 1 } },
        { id: 'b', args: { x: 2 } },
      ],
    ],
    [
      'always index 0',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '{}' } },
        { index: 0, id: 'b', function: { name: 'g', arguments: '{}' } },
      ],
      [{ name: 'f' }, { name: 'g' }],
    ],
    [
      'the name later, id repeated',
      [
        { index: 0, id: 'a', function: {} },
        { index: 0, id: 'a', function: { name: 'f', arguments: '{"x"' } },
        { index: 0, function: { arguments: ':1}' } },
      ],
      [{ id: 'a', name: 'f', args: { x: 1 } }],
    ],
    [
      'interleaved',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '{' } },
        { index: 1, id: 'b', function: { name: 'g', arguments: '{' } },
        { index: 0, function: { arguments: '}' } },
        { index: 1, function: { arguments: '}' } },
      ],
      [
        { name: 'f', args: {} },
        { name: 'g', args: {} },
      ],
    ],
    [
      'no id, no arguments',
      [{ index: 0, function: { name: 'f' } }],
      [{ id: expect.stringMatching(/^call_/), args: {} }],
    ],
    [
      'arguments as an object',
      [{ index: 0, id: 'a', function: { name: 'f', arguments: { x: 1 } } }],
      [{ args: { x: 1 } }],
    ],
  ]
  test.each(calls)('tool calls: %s', async (_name, pieces, expected) => {
    const { url } = await serve(() => ({
      text: pieces.map(piece => chunk({ tool_calls: [piece] })).join('') + chunk({}, 'stop'),
    }))
    const answer = await collect(vendorModel('openai', url).run(asking('hi')))
    expect(answer.calls).toHaveLength(expected.length)
    expect(answer.calls).toMatchObject(expected)
    expect(answer.finish?.reason).toBe('tool_calls')
  })
})

describe('failures inside of a stream', () => {
  const failures: [string, string, string, number][] = [
    ['an error with a status', 'data: {"error":{"message":"busy","code":429}}\n\n', 'provider_rate_limited', 3],
    ['an error with a word', 'data: {"error":{"message":"oh","code":"bad_thing"}}\n\n', 'provider_failed', 1],
    ['an error after text', `${chunk({ content: 'a' })}data: {"error":"no more"}\n\n`, 'provider_failed', 1],
    ['an end without a finish', chunk({ content: 'a' }), 'provider_failed', 1],
    ['nothing', '', 'provider_failed', 3],
    [
      'an empty answer',
      `${chunk({ role: 'assistant', content: '' })}${chunk({}, 'stop')}data: [DONE]\n\n`,
      'provider_empty_answer',
      1,
    ],
  ]
  test.each(failures)('%s', async (_name, text, code, tries) => {
    const { url, bodies } = await serve(() => ({ text }))
    await expect(collect(vendorModel('openai', url).run(asking('hi')))).rejects.toThrow(
      expect.objectContaining({ code }),
    )
    expect(bodies).toHaveLength(tries)
  })
})

describe('learns what a server refuses', () => {
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

test('Azure: key header and version', async () => {
  const { url, paths } = await serve(() => ({ text: hello }))
  await collect(vendorModel('openai', url, { source: { api_version: '2024-05-01-preview' } }).run(asking('hi')))
  expect(paths).toEqual(['/v1/chat/completions?api-version=2024-05-01-preview key-1'])
})

test('DeepSeek counts cached tokens elsewhere', async () => {
  const usage = { prompt_tokens: 10, completion_tokens: 2, prompt_cache_hit_tokens: 4 }
  const { url } = await serve(() => ({
    text: `${chunk({ content: 'a' }, 'length')}data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`,
  }))
  const { finish } = await collect(vendorModel('openai', url).run(asking('hi')))
  expect(finish).toEqual({ type: 'finish', reason: 'length', usage: { inputOther: 6, inputCached: 4, output: 2 } })
})
