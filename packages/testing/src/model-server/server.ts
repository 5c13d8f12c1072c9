import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listening } from '../listening.ts'
import { anthropicWire, askOfAnthropic } from './anthropic-wire.ts'
import type { Ask } from './ask.ts'
import { embeddings } from './embeddings.ts'
import { askOfGemini, geminiWire } from './gemini-wire.ts'
import { askOfOpenai, openaiWire } from './openai-wire.ts'
import { play, torn } from './play.ts'
import { askOfResponses, responsesWire } from './responses-wire.ts'
import { scriptFor, titleScript, titleWanted } from './script.ts'
import type { Wire } from './wire.ts'

/** A request as the server saw it. */
export interface SeenRequest {
  method: string
  path: string
  headers: Record<string, string | string[] | undefined>
  body: Record<string, unknown>
  /** Number of the connection, from 1: who keeps connections comes twice with one number. */
  connection: number
  /** `client-gone`: the caller went away before the answer was complete; `destroyed`: the server tore it as told. */
  outcome: 'open' | 'finished' | 'client-gone' | 'destroyed'
}

export interface ModelServer {
  /** Root address without a path, e.g. `http://127.0.0.1:41234`; an OpenAI base URL is this plus `/v1`. */
  url: string
  /** The last 1000 requests, oldest first, those for titles aside. */
  seen: SeenRequest[]
  /** The last 1000 requests for the title of a chat: they come beside turns, whenever they like. */
  titles: SeenRequest[]
  stop(): Promise<void>
}

/** Models that `/v1/models` lists; any other name works too. */
const listed = ['echo', 't20d0', 't200d5', 'err429', 'err500x2']

/**
 * Starts a model server on 127.0.0.1 that speaks OpenAI's chat completions, responses, models and embeddings, Anthropic's messages
 * and Gemini's generateContent. What it answers is scripted by the model's name and by directives in the last user
 * message (see `directives.ts`).
 *
 * @example const models = await startModelServer(); // OPENAI_BASE_URL=`${models.url}/v1`
 */
export async function startModelServer({ port = 0 }: { port?: number } = {}): Promise<ModelServer> {
  const seen: SeenRequest[] = []
  const titles: SeenRequest[] = []
  const failuresOfModel = new Map<string, number>()

  const answer = (entry: SeenRequest, call: Call | undefined, response: ServerResponse) => {
    if (call === 'models')
      return json(response, 200, {
        object: 'list',
        data: listed.map(id => ({ id, object: 'model', owned_by: 'test' })),
      })
    if (call === 'embeddings') return json(response, 200, embeddings(entry.body))
    if (!call) return json(response, 404, { error: { message: `No such path: ${entry.path}`, code: 'not_found' } })

    const { ask, wire } = call
    if (titleWanted(ask)) return play(titleScript(ask), ask, wire, response)
    const refused = wire.refusedKey(entry.headers)
    if (refused)
      return json(response, 401, wire.failure(401, 'invalid_api_key', `Incorrect API key provided: ${refused}.`))
    const script = scriptFor(ask, failuresOfModel.get(ask.model) ?? 0)
    if (!script.failure) {
      failuresOfModel.delete(ask.model)
      return play(script, ask, wire, response)
    }
    failuresOfModel.set(ask.model, (failuresOfModel.get(ask.model) ?? 0) + 1)
    const { code, retryAfter } = script.failure
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter)
    if (code === 'ctx')
      return json(
        response,
        400,
        wire.failure(
          400,
          'context_length_exceeded',
          'This prompt is too long: it exceeds the maximum context length of 8192 tokens.',
        ),
      )
    return json(response, Number(code), wire.failure(Number(code), 'scripted', `Scripted failure ${code}.`))
  }

  const connections = new WeakMap<object, number>()
  let opened = 0
  const server = createServer((request, response) => {
    const entry: SeenRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: {},
      connection: connections.get(request.socket) ?? 0,
      outcome: 'open',
    }
    response.on('close', () => {
      entry.outcome = response.writableFinished ? 'finished' : response.errored === torn ? 'destroyed' : 'client-gone'
    })
    readJson(request).then(
      body => {
        entry.body = body
        const call = route(entry)
        note(entry, typeof call === 'object' && titleWanted(call.ask) ? titles : seen)
        answer(entry, call, response)
      },
      () => {
        note(entry, seen)
        json(response, 400, { error: { message: 'The body is not JSON', code: 'bad_request' } })
      },
    )
  })
  server.on('connection', socket => connections.set(socket, ++opened))
  server.keepAliveTimeout = 65_000
  return {
    ...(await listening(server, port)),
    seen,
    titles,
  }
}

type Call = { ask: Ask; wire: Wire } | 'models' | 'embeddings'

function note(entry: SeenRequest, list: SeenRequest[]): void {
  if (list.push(entry) > 1000) list.shift()
}

function route(entry: SeenRequest): Call | undefined {
  const path = entry.path.split('?')[0] ?? ''
  if (path.endsWith('/chat/completions')) return { ask: askOfOpenai(entry.body), wire: openaiWire }
  if (path.endsWith('/responses')) return { ask: askOfResponses(entry.body), wire: responsesWire }
  if (path.endsWith('/messages')) return { ask: askOfAnthropic(entry.body), wire: anthropicWire }
  const gemini = /\/models\/([^/]+):(streamGenerateContent|generateContent)$/.exec(path)
  if (gemini?.[1])
    return {
      ask: askOfGemini(entry.body, decodeURIComponent(gemini[1]), gemini[2] === 'streamGenerateContent'),
      wire: geminiWire,
    }
  if (path.endsWith('/embeddings')) return 'embeddings'
  return path.endsWith('/models') ? 'models' : undefined
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  if (request.method === 'GET') return {}
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}
