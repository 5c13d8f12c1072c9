import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listening } from './listening.ts'
import type { SeenCall } from './vendor-server.ts'

/**
 * A server that speaks the HTTP APIs of Dify, Coze, DashScope apps and DeerFlow (LangGraph). It answers
 * `echo: <prompt>` word by word. A prompt with `fail` breaks after its first word, one with `slow` says one word and
 * then waits until it is told to stop, one with `silent` never says any. The key `bad` is refused, and conversations
 * that begin with `gone` do not exist.
 */
export interface AgentServer {
  readonly url: string
  /** Oldest first; the bodies of uploads as text. */
  readonly seen: SeenCall[]
  /** The paths of the calls that told it to stop or to forget. */
  readonly ended: string[]
  stop(): Promise<void>
}

type Json = Readonly<Record<string, unknown>>

/** What a wire format makes of an answer. */
interface Wire {
  prompt: string
  /** The events that come first, for each word, on success, and on failure; each as event name and data. */
  first: Event[]
  word(word: string): Event
  last: Event[]
  failure: Event
}

type Event = [name: string, data: unknown]

export async function startAgentServer(): Promise<AgentServer> {
  const seen: SeenCall[] = []
  const ended: string[] = []
  const server = createServer((request, response) => {
    handle(request, response, seen, ended).catch(() => response.destroy())
  })
  return {
    ...(await listening(server)),
    seen,
    ended,
  }
}

async function handle(request: IncomingMessage, response: ServerResponse, seen: SeenCall[], ended: string[]) {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('latin1')
  const path = request.url ?? ''
  const body = jsonIn(Buffer.concat(chunks).toString('utf8'))
  seen.push({ method: request.method ?? '', path, headers: request.headers, text, json: body })
  if (/bad/.test(request.headers.authorization ?? '')) return reply(response, 401, { message: 'invalid key bad-key' })
  if (request.method === 'DELETE' || /\/(stop|cancel)$/.test(path)) {
    ended.push(`${request.method} ${path}`)
    return reply(response, 200, { result: 'success' })
  }
  if (path === '/v1/files/upload' && !/name="user"/.test(text))
    return reply(response, 200, { code: 0, data: { id: 'coze-file' } })
  if (path.endsWith('/files/upload')) return reply(response, 201, { id: 'dify-file' })
  if (path === '/api/langgraph/threads') return reply(response, 200, { thread_id: `thread-${seen.length}` })
  if (/gone/.test(`${path} ${body.conversation_id ?? ''}`)) return reply(response, 404, { message: 'no conversation' })
  const wire = wireOf(path, body)
  if (!wire) return reply(response, 404, { message: `nothing at ${path}` })
  await play(wire, response)
}

function wireOf(path: string, body: Json): Wire | undefined {
  if (path.endsWith('/chat-messages')) return difyChat(body)
  if (path.endsWith('/workflows/run')) return difyWorkflow(body)
  if (path.startsWith('/v3/chat')) return cozeChat(path, body)
  if (/^\/api\/v1\/apps\/[^/]+\/completion$/.test(path)) return dashscope(body)
  if (path.endsWith('/runs/stream')) return langGraph(body)
  return undefined
}

async function play(wire: Wire, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' })
  const send = ([name, data]: Event) => {
    const event = name === '' ? '' : `event: ${name}\n`
    response.write(`${event}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
  }
  response.write(': hello\n\n')
  if (wire.prompt.includes('silent')) return
  for (const event of wire.first) send(event)
  const words = `echo: ${wire.prompt}`.split(/(?<= )/)
  for (const [i, word] of words.entries()) {
    send(wire.word(word))
    if (i === 0 && wire.prompt.includes('slow')) return
    if (i === 0 && wire.prompt.includes('fail')) {
      send(wire.failure)
      response.end()
      return
    }
  }
  for (const event of wire.last) send(event)
  response.end()
}

function difyChat(body: Json): Wire {
  const ids = { task_id: 'task-1', conversation_id: body.conversation_id || 'dify-conversation' }
  return {
    prompt: String(body.query),
    first: [['', { event: 'ping' }]],
    word: answer => ['', { event: 'message', answer, ...ids }],
    last: [['', { event: 'message_end', metadata: { usage: { prompt_tokens: 7, completion_tokens: 3 } }, ...ids }]],
    failure: ['', { event: 'error', code: 'invalid_param', message: 'the app broke', ...ids }],
  }
}

function difyWorkflow(body: Json): Wire {
  const inputs = body.inputs as Json
  const prompt = String(inputs.astrbot_text_query)
  const finished = (data: object): Event => ['', { event: 'workflow_finished', task_id: 'task-2', data }]
  return {
    prompt,
    first: [['', { event: 'workflow_started', task_id: 'task-2', data: {} }]],
    word: () => ['', { event: 'node_finished', task_id: 'task-2', data: {} }],
    last: [
      finished({ status: 'succeeded', outputs: { [String(inputs.output ?? 'astrbot_wf_output')]: `wf: ${prompt}` } }),
    ],
    failure: finished({ status: 'failed', error: 'the node broke' }),
  }
}

function cozeChat(path: string, body: Json): Wire {
  const conversation = new URL(path, 'http://x').searchParams.get('conversation_id') ?? 'coze-conversation'
  const chat = { id: 'chat-1', conversation_id: conversation, bot_id: body.bot_id }
  const [message] = body.additional_messages as Json[]
  return {
    prompt: String(message?.content),
    first: [
      ['conversation.chat.created', chat],
      ['conversation.message.delta', { type: 'answer', reasoning_content: 'hm', content: '' }],
    ],
    word: content => ['conversation.message.delta', { role: 'assistant', type: 'answer', content }],
    last: [
      ['conversation.message.completed', { role: 'assistant', type: 'answer', content: 'whole' }],
      ['conversation.message.completed', { role: 'assistant', type: 'follow_up', content: 'and then?' }],
      ['conversation.chat.completed', { ...chat, usage: { token_count: 10, input_count: 7, output_count: 3 } }],
      ['done', '[DONE]'],
    ],
    failure: ['conversation.chat.failed', { ...chat, last_error: { code: 4011, msg: 'the bot broke' } }],
  }
}

function dashscope(body: Json): Wire {
  const input = body.input as Json
  const session = input.session_id ?? 'dashscope-session'
  const output = (text: string) => ({ text, session_id: session, finish_reason: 'null' })
  return {
    prompt: String(input.prompt),
    first: [],
    word: text => ['result', { output: output(text), request_id: 'r' }],
    last: [
      [
        'result',
        {
          output: { ...output(''), finish_reason: 'stop', doc_references: [{ index_id: '1', title: 'A book' }] },
          usage: { models: [{ input_tokens: 7, output_tokens: 3 }] },
        },
      ],
    ],
    failure: ['error', { code: 'InternalError', message: 'the app broke' }],
  }
}

function langGraph(body: Json): Wire {
  const [message] = (body.input as { messages: Json[] }).messages
  const prompt = typeof message?.content === 'string' ? message.content : JSON.stringify(message?.content)
  const usage_metadata = { input_tokens: 7, output_tokens: 3 }
  return {
    prompt,
    first: [
      ['metadata', { run_id: 'run-1' }],
      ['messages', [{ type: 'tool', content: 'a tool says' }, {}]],
    ],
    word: content => ['messages', [{ type: 'AIMessageChunk', content: [{ type: 'text', text: content }] }, {}]],
    last: [
      [
        'values',
        {
          messages: [
            { type: 'human', content: prompt },
            { type: 'ai', content: 'whole', usage_metadata },
          ],
        },
      ],
      ['end', ''],
    ],
    failure: ['error', { error: 'RuntimeError', message: 'the graph broke' }],
  }
}

function jsonIn(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return {}
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
