import { describe, expect, test } from 'vitest'
import { asking, collect, vendorModel } from '../providers.testing.ts'
import { chunk, hello, serve } from './serve.testing.ts'

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
    ['a withheld answer', chunk({ content: 'a' }) + chunk({}, 'content_filter'), 'provider_failed', 1],
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

test('Azure: key header and version', async () => {
  const { url, paths } = await serve(() => ({ text: hello }))
  await collect(vendorModel('openai', url, { source: { api_version: '2024-05-01-preview' } }).run(asking('hi')))
  expect(paths).toEqual(['/v1/deployments/echo/chat/completions?api-version=2024-05-01-preview key-1'])
})

test('DeepSeek counts cached tokens elsewhere', async () => {
  const usage = { prompt_tokens: 10, completion_tokens: 2, prompt_cache_hit_tokens: 4 }
  const { url } = await serve(() => ({
    text: `${chunk({ content: 'a' }, 'length')}data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`,
  }))
  const { finish } = await collect(vendorModel('openai', url).run(asking('hi')))
  expect(finish).toEqual({ type: 'finish', reason: 'length', usage: { inputOther: 6, inputCached: 4, output: 2 } })
})
