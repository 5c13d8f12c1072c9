import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listening } from './listening.ts'

/** A call as the vendor saw it. */
export interface SeenCall {
  method: string
  /** With the query. */
  path: string
  headers: Readonly<Record<string, string | string[] | undefined>>
  text: string
  /** The body, where it is JSON. */
  json: unknown
}

export interface VendorServer {
  /** Without a path. `<url>/hang` never answers, `<url>/busy` is busy twice, `<url>/garbage` answers with a page. */
  url: string
  /** Oldest first. */
  seen: SeenCall[]
  stop(): Promise<void>
}

/** Answers JSON, bytes, or nothing for a path that is not there. */
type Route = [path: RegExp, answer: (body: Body, call: SeenCall) => object | Uint8Array]
type Body = Readonly<Record<string, unknown>>

const vector = (length: number, seed: number) => Array.from({ length }, (_, i) => Math.sin((i + 1) * (seed + 1)))
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])
const sound = new TextEncoder().encode('RIFF sound')
const base64 = Buffer.from(sound).toString('base64')

const natural = 48

const keyHeaders = [
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'xi-api-key',
  'ocp-apim-subscription-key',
  'api-key',
]

const routes: Route[] = [
  [/\/v1beta\/models$/, (_, { path }) => (path.includes('pageToken=2') ? geminiPage2 : geminiPage1)],
  [
    /:batchEmbedContents$/,
    body => ({ embeddings: listOf(body.requests).map((request, i) => ({ values: vector(lengthIn(request), i) })) }),
  ],
  [/tts:generateContent$/, () => ({ candidates: [{ content: { parts: [{ inlineData: { data: base64 } }] } }] })],
  [
    /:generateContent$/,
    () => ({ candidates: [{ content: { role: 'model', parts: [{ text: 'pong' }] }, finishReason: 'STOP' }] }),
  ],
  [
    /\/models$/,
    (_, call) =>
      call.headers['anthropic-version']
        ? claudes(call.path)
        : { data: ['zeta-1', 'alpha-2', 'gpt-4o'].map(id => ({ id })) },
  ],
  [
    /\/text-embedding\/text-embedding$/,
    body => ({
      output: { embeddings: listOf((body.input as Body).texts).map((_, i) => ({ embedding: vector(natural, i) })) },
    }),
  ],
  [
    /\/embeddings$/,
    body => ({
      data: listOf(body.input)
        .map((_, index) => ({ index, embedding: vector(Number(body.dimensions ?? natural), index) }))
        .reverse(),
    }),
  ],
  [/\/api\/embed$/, body => ({ embeddings: listOf(body.input).map((_, i) => vector(natural, i)) })],
  [/\/text-rerank$/, body => ({ output: { results: scored(listOf((body.input as Body).documents)) } })],
  [
    /\/rerank$/,
    body =>
      body.texts
        ? listOf(body.texts).map((_, index) => ({ index, score: index }))
        : { results: scored(listOf(body.documents)) },
  ],
  [/\/reranking$/, body => ({ rankings: listOf(body.passages).map((_, index) => ({ index, logit: index })) })],
  [/\/audio\/transcriptions$/, () => ({ text: ' pong ' })],
  [/\/(audio\/speech|tts|text-to-speech\/[^/]+|cognitiveservices\/v1|made\.wav)$/, () => sound],
  [
    /\/multimodal-generation\/generation$/,
    (_, { headers }) => ({ output: { audio: { url: `http://${headers.host}/made.wav` } } }),
  ],
  [/\/set_(gpt|sovits)_weights$/, () => ({ message: 'success' })],
  [/\/infer_single$/, () => ({ audio_url: 'http://elsewhere.invalid/made.wav' })],
  [/\/t2a_v2$/, () => ({ data: { audio: Buffer.from(sound).toString('hex') } })],
  [/\/api\/v1\/tts-volc$/, () => ({ data: base64 })],
  [
    /\/chat\/completions$/,
    body => ({
      choices: [
        {
          finish_reason: 'stop',
          message: { role: 'assistant', content: 'pong', ...(body.audio ? { audio: { data: base64 } } : {}) },
        },
      ],
    }),
  ],
]

const geminiPage1 = {
  models: [
    { name: 'models/gem-b', supportedGenerationMethods: ['generateContent'] },
    { name: 'models/emb', supportedGenerationMethods: ['embedContent'] },
  ],
  nextPageToken: '2',
}
const geminiPage2 = { models: [{ name: 'models/gem-a', supportedGenerationMethods: ['generateContent'] }] }

function claudes(path: string): object {
  return path.includes('after_id=claude-b')
    ? { data: [{ id: 'claude-a' }], has_more: false, last_id: 'claude-a' }
    : { data: [{ id: 'claude-b' }], has_more: true, last_id: 'claude-b' }
}

function lengthIn(request: unknown): number {
  return Number((request as Body).outputDimensionality ?? natural)
}

/** The last document fits best. */
function scored(documents: unknown[]): object[] {
  return documents.map((_, index) => ({ index, relevance_score: index / 10 }))
}

/**
 * Starts a server that answers as vendors of embeddings, rankings, speech and lists of models do. A key that begins with
 * `sk-denied` is refused with words that repeat it.
 */
export async function startVendorServer(): Promise<VendorServer> {
  const seen: SeenCall[] = []
  let busy = 2

  const answer = (call: SeenCall, response: ServerResponse) => {
    const [path = ''] = call.path.split('?')
    const key = keyHeaders.flatMap(name => call.headers[name] ?? []).join(' ')
    const denied = /sk-denied[\w-]*/.exec(key)?.[0]
    if (denied)
      return reply(response, 401, { error: { message: `The key ${denied} is unknown`, code: 'invalid_api_key' } })
    if (path.startsWith('/hang')) return
    if (path.startsWith('/garbage'))
      return reply(response, 200, new TextEncoder().encode('<html>hello</html>'), 'text/html')
    if (path.startsWith('/busy') && busy-- > 0) return reply(response, 503, { error: { message: 'Come back later' } })
    const route = routes.find(([pattern]) => pattern.test(path))
    if (!route) return reply(response, 404, { error: { message: `There is no ${path}` } })
    const body = typeof call.json === 'object' && call.json !== null ? (call.json as Body) : {}
    const made = route[1](body, call)
    if (made instanceof Uint8Array) reply(response, 200, made, 'audio/wav')
    else reply(response, 200, made)
  }

  const server = createServer((request, response) => {
    readText(request).then(text => {
      const { method = '', url: path = '', headers } = request
      const call = { method, path, headers, text, json: parsed(text) }
      seen.push(call)
      answer(call, response)
    })
  })
  return {
    ...(await listening(server)),
    seen,
  }
}

function reply(response: ServerResponse, status: number, body: object | Uint8Array, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type })
  response.end(body instanceof Uint8Array ? body : JSON.stringify(body))
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
