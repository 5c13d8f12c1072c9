import { type ModelServer, startModelServer } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LlmMessage, ModelTool } from './model.ts'
import { asking, collect, vendorModel, vendors } from './providers.testing.ts'

let server: ModelServer
beforeAll(async () => {
  server = await startModelServer()
})
afterAll(() => server.stop())

const weather: ModelTool = {
  name: 'weather',
  description: 'Tells the weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

describe.each(vendors)('%s', vendor => {
  describe.each([true, false])('streaming: %s', streaming => {
    const ask = (text: string, more = {}) =>
      collect(vendorModel(vendor, server.url).run(asking(text, { streaming, ...more })))

    test('gives text and usage', async () => {
      const answer = await ask('[[say Hello big world]] [[cached 5]]')
      expect(answer.text).toBe('Hello big world')
      expect(answer.events.filter(event => event.type === 'text')).toHaveLength(streaming ? 3 : 1)
      expect(answer.finish).toEqual({
        type: 'finish',
        reason: 'stop',
        usage: { inputOther: expect.any(Number), inputCached: 5, output: 3 },
      })
      expect(answer.finish?.usage.inputOther).toBeGreaterThan(0)
    })

    test('gives reasoning before text', async () => {
      const answer = await ask('[[think let me see then It is four]]')
      expect([answer.reasoning, answer.text]).toEqual(['let me see', 'It is four'])
      expect(answer.events.findIndex(event => event.type === 'text')).toBeGreaterThan(
        answer.events.findLastIndex(event => event.type === 'reasoning'),
      )
    })

    test('gives tool calls and takes their results', async () => {
      const text = '[[think which then ]] [[tool weather {"city":"Köln"} and weather {"city":"[[北京]]"} then Sunny]]'
      const first = await ask(text, { tools: [weather] })
      expect(first.calls).toEqual([
        { id: expect.any(String), name: 'weather', args: { city: 'Köln' } },
        { id: expect.any(String), name: 'weather', args: { city: '[[北京]]' } },
      ])
      expect(first.calls[0]?.id).not.toBe(first.calls[1]?.id)
      expect(first.finish?.reason).toBe('tool_calls')

      const messages: LlmMessage[] = [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: text },
        {
          role: 'assistant',
          content: null,
          tool_calls: first.calls.map(({ id, name, args }) => ({
            id,
            type: 'function',
            function: { name, arguments: JSON.stringify(args) },
          })),
        },
        ...first.calls.map(({ id }): LlmMessage => ({ role: 'tool', tool_call_id: id, content: 'sunny' })),
      ]
      const second = await ask('', { messages, tools: [weather] })
      expect(second.text).toBe('Sunny')
    })
  })

  test('a text answer of many tokens comes in as many events', async () => {
    const { text, events } = await collect(vendorModel(vendor, server.url).run(asking('[[slow 30 2]]')))
    expect(text).toMatch(/^w0 w1 .* w29$/)
    expect(events.filter(event => event.type === 'text')).toHaveLength(30)
  })

  test('signed thoughts go back beside their tool call', async () => {
    const model = vendorModel(vendor, server.url)
    const first = await collect(
      model.run(asking('[[think deeply then ]] [[tool weather {"city":"x"} then ok]]', { tools: [weather] })),
    )
    const [call] = first.calls
    if (!call) throw new Error('no call')
    const toolCall = {
      id: call.id,
      type: 'function' as const,
      function: { name: 'weather', arguments: '{"city":"x"}' },
    }
    const messages: LlmMessage[] = [
      { role: 'user', content: '[[tool weather {} then ok]]' },
      { role: 'assistant', content: null, reasoning_content: 'deeply', tool_calls: [toolCall] },
      { role: 'tool', tool_call_id: call.id, content: 'fine' },
    ]
    await collect(model.run(asking('', { messages })))
    const sent = JSON.stringify(server.seen.at(-1)?.body)
    const expected = {
      openai: '"reasoning_content":"deeply"',
      responses: '"encrypted_content":"encrypted-thought"',
      anthropic: '"signature":"signature-of-thought"',
      gemini: '"thoughtSignature":"signature-of-weather"',
    }
    expect(sent).toContain(expected[vendor])
  })

  test('images, settings and the extra body reach the vendor', async () => {
    const source = { key: 'single-key', custom_headers: { 'X-Title': 'Bot' } }
    const provider = { custom_extra_body: { temperature: 0.5, max_tokens: 77, custom: [1] } }
    const model = vendorModel(vendor, `${server.url}${vendor === 'openai' || vendor === 'responses' ? '' : '/'}`, {
      source,
      provider,
      model: 'other',
    })
    const content = [
      { type: 'text' as const, text: 'see' },
      { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
    ]
    const { text } = await collect(model.run(asking('', { messages: [{ role: 'user', content }] })))
    expect(text).toBe('You said: see')
    const seen = server.seen.at(-1)
    const sent = JSON.stringify(seen?.body)
    expect(sent).toContain('iVBORw0KGgo=')
    expect(sent).toContain('"temperature":0.5')
    expect(sent).toMatch(/"(max_tokens|max_output_tokens|maxOutputTokens)":77/)
    expect(seen?.body.custom).toEqual([1])
    expect(seen?.headers['x-title']).toBe('Bot')
    expect([seen?.headers.authorization, seen?.headers['x-api-key'], seen?.headers['x-goog-api-key']].join()).toContain(
      'single-key',
    )
    expect(`${seen?.path} ${seen?.body.model}`).toContain('other')
  })
})
