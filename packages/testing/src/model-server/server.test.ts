import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ModelServer, startModelServer } from './server.ts'

let server: ModelServer
beforeAll(async () => {
  server = await startModelServer()
})
afterAll(() => server.stop())

async function post(path: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(server.url + path, { method: 'POST', body: JSON.stringify(body), headers })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const ask = (content: string, more = {}) =>
  post('/v1/chat/completions', { model: 'echo', messages: [{ role: 'user', content }], ...more })

test('tokens come at their pace', async () => {
  const began = performance.now()
  const { text } = await ask('hi', { model: 't50d4', stream: true })
  expect(text.match(/tok\d+/g)).toHaveLength(50)
  expect(performance.now() - began).toBeGreaterThan(190)
})

test('usage is streamed when asked for', async () => {
  expect((await ask('hi', { stream: true })).text).not.toContain('usage')
  expect((await ask('hi', { stream: true, stream_options: { include_usage: true } })).text).toContain(
    '"completion_tokens":3',
  )
})

test('several tools make several rounds', async () => {
  const messages: object[] = [{ role: 'user', content: '[[tool a {"x":"]]"} then one]] [[tool b {} then two]]' }]
  const replies: string[] = []
  for (let round = 0; round < 3; round++) {
    const { text } = await post('/v1/chat/completions', { model: 'echo', messages })
    const { message } = JSON.parse(text).choices[0]
    replies.push(
      message.content ?? `${message.tool_calls[0].function.name} ${message.tool_calls[0].function.arguments}`,
    )
    messages.push(message, { role: 'tool', tool_call_id: 'x', content: 'r' })
  }
  expect(replies).toEqual(['a {"x":"]]"}', 'b {}', 'two'])
})

test('failing models fail as often as they say', async () => {
  const statuses: number[] = []
  for (let i = 0; i < 4; i++) statuses.push((await ask('hi', { model: 'err503x2' })).status)
  expect(statuses).toEqual([503, 503, 200, 503])
  const { status, headers } = await ask('[[fail 429 retry-after 5]]')
  expect([status, headers.get('retry-after')]).toEqual([429, '5'])
})

test('embeddings of texts with words in common lie near each other', async () => {
  const { text } = await post('/v1/embeddings', {
    model: 'e',
    input: ['the red car', 'a red car', '天气很好'],
    dimensions: 256,
  })
  const [a, b, c] = JSON.parse(text).data.map(({ embedding }: { embedding: number[] }) => embedding)
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0)
  expect(a).toHaveLength(256)
  expect(dot(a, a)).toBeCloseTo(1)
  expect(dot(a, b)).toBeGreaterThan(dot(a, c) + 0.3)
  const encoded = JSON.parse(
    (await post('/v1/embeddings', { input: 'the red car', dimensions: 256, encoding_format: 'base64' })).text,
  )
  expect(Buffer.from(encoded.data[0].embedding, 'base64')).toHaveLength(1024)
})

test('lists models, refuses bad keys, unknown paths and broken JSON', async () => {
  expect(await (await fetch(`${server.url}/v1/models`)).text()).toContain('"id":"t200d5"')
  expect((await post('/v1/chat/completions', {}, { authorization: 'Bearer sk-bad-1' })).status).toBe(401)
  expect((await post('/nowhere', {})).status).toBe(404)
  expect((await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', body: '{' })).status).toBe(400)
})

test('tells how every call ended', async () => {
  server.seen.length = 0
  await ask('hi')
  await expect(ask('[[die 2]]', { stream: true })).rejects.toThrow('terminated')
  await expect(
    fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      body: '{"stream":true,"messages":[{"role":"user","content":"[[stall]]"}]}',
      signal: AbortSignal.timeout(100),
    }).then(response => response.text()),
  ).rejects.toThrow('timeout')
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(server.seen.map(({ outcome }) => outcome)).toEqual(['finished', 'destroyed', 'client-gone'])
})
