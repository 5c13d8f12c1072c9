import { AstrBotError } from '../../errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { RemoteApi, type RemoteApiOptions } from './remote-api.ts'
import type { AgentRunner, RunnerEvent, RunnerImage, RunnerRequest } from './runner.ts'
import type { RunnerSettings } from './settings.ts'

const forgetPatienceMs = 10_000

/** DeerFlow, which speaks the LangGraph API: threads, and runs that stream. */
export class DeerflowRunner implements AgentRunner {
  readonly title = 'DeerFlow'
  readonly conversationKey = 'deerflow_thread_id'
  readonly #settings: RunnerSettings
  readonly #api: RemoteApi

  constructor(settings: RunnerSettings, { fetch }: Pick<RemoteApiOptions, 'fetch'>) {
    const own = settings.secret('deerflow_auth_header')
    const key = settings.secret('deerflow_api_key')
    const authorization = own || (key && `Bearer ${key}`)
    const base = (settings.text('deerflow_api_base') || 'http://127.0.0.1:2026').replace(/\/+$/, '')
    this.#settings = settings
    this.#api = new RemoteApi({
      title: this.title,
      baseUrl: base.endsWith('/api/langgraph') ? base : `${base}/api/langgraph`,
      headers: authorization === '' ? {} : { authorization },
      secrets: [own, key],
      timeoutMs: settings.timeoutMs,
      fetch,
    })
  }

  async *run(request: RunnerRequest): AsyncGenerator<RunnerEvent, void, void> {
    const { conversation, signal } = request
    if (conversation !== undefined) {
      try {
        return yield* this.#turn(conversation, request)
      } catch (error) {
        // Somebody removed the thread there: the chat begins anew.
        if (!(error instanceof AstrBotError && error.data.http_status === 404)) throw error
      }
    }
    const { thread_id: thread } = await this.#api.json('POST', '/threads', { metadata: {} }, signal)
    if (typeof thread !== 'string' || thread === '') throw this.#api.failure('it made no thread')
    yield { type: 'conversation', id: thread }
    yield* this.#turn(thread, request)
  }

  async forget(thread: string): Promise<void> {
    const signal = AbortSignal.timeout(forgetPatienceMs)
    await this.#api.json('DELETE', `/threads/${encodeURIComponent(thread)}`, undefined, signal)
  }

  async *#turn(thread: string, { prompt, images, signal }: RunnerRequest): AsyncGenerator<RunnerEvent, void, void> {
    const settings = this.#settings
    const model = settings.text('deerflow_model_name')
    const choices = {
      ...(model !== '' && { model_name: model }),
      thinking_enabled: settings.is('deerflow_thinking_enabled'),
      is_plan_mode: settings.is('deerflow_plan_mode'),
      subagent_enabled: settings.is('deerflow_subagent_enabled'),
      max_concurrent_subagents: settings.number('deerflow_max_concurrent_subagents', 3),
      thread_id: thread,
    }
    const body = {
      assistant_id: settings.text('deerflow_assistant_id') || 'lead_agent',
      input: { messages: [{ role: 'user', content: contentOf(prompt, images) }] },
      stream_mode: ['messages-tuple', 'values'],
      on_disconnect: 'cancel',
      config: { recursion_limit: settings.number('deerflow_recursion_limit', 1000), configurable: choices },
      context: choices,
    }
    const answer = new LangGraphAnswer()
    const path = `/threads/${encodeURIComponent(thread)}`
    let run = ''
    let over = false
    try {
      for await (const { event, data } of this.#api.stream(`${path}/runs/stream`, body, signal)) {
        if (event === 'end' || data === '') continue
        if (event.startsWith('messages')) yield* answer.piece(parseJson(data))
        else if (event === 'metadata') run = textOf(this.#api.parse(data).run_id)
        else if (event.startsWith('values')) answer.state(this.#api.parse(data))
        else if (event === 'error' || event === '') {
          over = true
          const { message, error } = this.#api.parse(data)
          throw this.#api.failure(textOf(message) || textOf(error) || 'the run failed')
        }
      }
      over = true
      yield* answer.rest()
    } finally {
      if (!over && run !== '') this.#api.tellToStop(`${path}/runs/${encodeURIComponent(run)}/cancel`, {})
    }
  }
}

/** Collects what the agent itself says, out of messages of all kinds. */
class LangGraphAnswer {
  #said = false
  #final = ''
  #usage: RunnerEvent | undefined;

  /** One streamed message: a pair of the piece and what is known of it. */
  *piece(value: Json): Generator<RunnerEvent> {
    const [chunk] = Array.isArray(value) ? value : [value]
    if (!isJsonObject(chunk) || !/^(ai|AIMessageChunk|assistant)$/.test(textOf(chunk.type) || textOf(chunk.role)))
      return
    this.#note(chunk.usage_metadata)
    const extra = isJsonObject(chunk.additional_kwargs) ? textOf(chunk.additional_kwargs.reasoning_content) : ''
    if (extra !== '') yield { type: 'reasoning', text: extra }
    const text = contentText(chunk.content)
    if (text === '') return
    this.#said = true
    yield { type: 'text', text }
  }

  /** The whole state after a step; its last message counts when nothing was streamed. */
  state({ messages }: JsonObject): void {
    const last = Array.isArray(messages) ? messages.at(-1) : undefined
    if (!isJsonObject(last) || !/^(ai|assistant)$/.test(textOf(last.type) || textOf(last.role))) return
    this.#final = contentText(last.content)
    this.#note(last.usage_metadata)
  }

  *rest(): Generator<RunnerEvent> {
    if (!this.#said && this.#final !== '') yield { type: 'text', text: this.#final }
    if (this.#usage) yield this.#usage
  }

  #note(usage: Json | undefined): void {
    if (!isJsonObject(usage)) return
    const { input_tokens: input, output_tokens: output } = usage
    const count = (value: Json | undefined) => (typeof value === 'number' ? value : 0)
    this.#usage = { type: 'usage', usage: { inputOther: count(input), inputCached: 0, output: count(output) } }
  }
}

function contentOf(prompt: string, images: readonly RunnerImage[]): Json {
  if (images.length === 0) return prompt
  const pictures = images.map(({ mediaType, bytes }) => ({
    type: 'image_url',
    image_url: { url: `data:${mediaType};base64,${Buffer.from(bytes).toString('base64')}` },
  }))
  return [...(prompt === '' ? [] : [{ type: 'text', text: prompt }]), ...pictures]
}

function contentText(content: Json | undefined): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map(part => (isJsonObject(part) && part.type === 'text' ? textOf(part.text) : '')).join('')
}

function parseJson(data: string): Json {
  try {
    return JSON.parse(data) as Json
  } catch {
    return null
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
