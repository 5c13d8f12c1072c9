import { AstrBotError } from '../../errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { RemoteApi, type RemoteApiOptions } from './remote-api.ts'
import type { AgentRunner, RunnerEvent, RunnerRequest } from './runner.ts'
import type { RunnerSettings } from './settings.ts'

type ApiParts = Pick<RemoteApiOptions, 'fetch'>

/** Apps and workflows of Dify: https://docs.dify.ai (chat-messages, workflows/run). */
export class DifyRunner implements AgentRunner {
  readonly title = 'Dify'
  readonly conversationKey = 'dify_conversation_id'
  readonly #settings: RunnerSettings
  readonly #api: RemoteApi

  constructor(settings: RunnerSettings, { fetch }: ApiParts) {
    const key = settings.requiredSecret('dify_api_key')
    this.#settings = settings
    this.#api = new RemoteApi({
      title: this.title,
      baseUrl: settings.text('dify_api_base') || 'https://api.dify.ai/v1',
      headers: { authorization: `Bearer ${key}` },
      secrets: [key],
      timeoutMs: settings.timeoutMs,
      fetch,
    })
  }

  async *run(request: RunnerRequest): AsyncGenerator<RunnerEvent, void, void> {
    const { user, signal } = request
    const files: JsonObject[] = []
    for (const image of request.images) {
      const { id } = await this.#api.upload('/files/upload', image, { user }, signal)
      if (typeof id === 'string') files.push({ type: 'image', transfer_method: 'local_file', upload_file_id: id })
    }
    if (this.#settings.text('dify_api_type') === 'workflow') return yield* this.#workflow(request, files)
    try {
      yield* this.#chat(request, files, request.conversation)
    } catch (error) {
      if (request.conversation === undefined || !isGone(error)) throw error
      // It was deleted there: the chat begins anew.
      yield* this.#chat(request, files, undefined)
    }
  }

  async *#chat(
    { user, prompt, variables, signal }: RunnerRequest,
    files: JsonObject[],
    conversation: string | undefined,
  ): AsyncGenerator<RunnerEvent, void, void> {
    const body = {
      inputs: { ...this.#settings.object('variables'), ...variables },
      query: prompt || ' ',
      response_mode: 'streaming',
      user,
      conversation_id: conversation ?? '',
      files,
    }
    let task = ''
    let known = conversation
    let over = false
    try {
      for await (const { data } of this.#api.stream('/chat-messages', body, signal)) {
        const event = this.#api.parse(data)
        if (typeof event.task_id === 'string') task = event.task_id
        const { conversation_id: id } = event
        if (typeof id === 'string' && id !== '' && id !== known) {
          known = id
          yield { type: 'conversation', id }
        }
        switch (event.event) {
          case 'message':
          case 'agent_message':
            yield { type: 'text', text: textOf(event.answer) }
            break
          case 'message_replace':
            yield { type: 'replace', text: textOf(event.answer) }
            break
          case 'message_file':
            if (event.type === 'image') yield { type: 'text', text: picture(event.url) }
            break
          case 'message_end':
            over = true
            yield* usageIn(event.metadata)
            break
          case 'error':
            over = true
            throw this.#api.failure(textOf(event.message) || textOf(event.code))
        }
      }
      over = true
    } finally {
      if (!over && task !== '') this.#api.tellToStop(`/chat-messages/${encodeURIComponent(task)}/stop`, { user })
    }
  }

  async *#workflow(
    { user, prompt, variables, signal }: RunnerRequest,
    files: JsonObject[],
  ): AsyncGenerator<RunnerEvent, void, void> {
    const inputKey = this.#settings.text('dify_query_input_key') || 'astrbot_text_query'
    const inputs = { ...this.#settings.object('variables'), ...variables, [inputKey]: prompt }
    const body = { inputs, response_mode: 'streaming', user, files }
    let task = ''
    let over = false
    let streamed = false
    try {
      for await (const { data } of this.#api.stream('/workflows/run', body, signal)) {
        const event = this.#api.parse(data)
        const detail = isJsonObject(event.data) ? event.data : {}
        if (typeof event.task_id === 'string') task = event.task_id
        if (event.event === 'text_chunk' && textOf(detail.text) !== '') {
          streamed = true
          yield { type: 'text', text: textOf(detail.text) }
        } else if (event.event === 'error') {
          over = true
          throw this.#api.failure(textOf(event.message) || textOf(event.code))
        } else if (event.event === 'workflow_finished') {
          over = true
          if (detail.status !== 'succeeded')
            throw this.#api.failure(textOf(detail.error) || `the workflow ${textOf(detail.status) || 'failed'}`)
          if (!streamed) yield { type: 'text', text: this.#output(detail.outputs) }
        }
      }
      over = true
    } finally {
      if (!over && task !== '') this.#api.tellToStop(`/workflows/tasks/${encodeURIComponent(task)}/stop`, { user })
    }
  }

  #output(outputs: Json | undefined): string {
    const key = this.#settings.text('dify_workflow_output_key') || 'astrbot_wf_output'
    const all = isJsonObject(outputs) ? outputs : {}
    if (!Object.hasOwn(all, key)) {
      const found = Object.keys(all).join(', ') || 'none'
      throw this.#api.failure(`the workflow has no output ${key}; its outputs: ${found}`)
    }
    return outputText(all[key])
  }
}

/** Text, files as pictures or addresses, everything else as JSON. */
function outputText(value: Json | undefined): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(item => outputText(item)).join('\n')
  if (!isJsonObject(value)) return value === undefined || value === null ? '' : String(value)
  const { url, remote_url: remote, type } = value
  const address = typeof url === 'string' ? url : remote
  if (typeof address !== 'string') return JSON.stringify(value)
  return type === 'image' ? picture(address) : address
}

function picture(url: Json | undefined): string {
  return typeof url === 'string' && url !== '' ? `\n![image](${url})\n` : ''
}

function* usageIn(metadata: Json | undefined): Generator<RunnerEvent> {
  const usage = isJsonObject(metadata) ? metadata.usage : undefined
  if (!isJsonObject(usage)) return
  const { prompt_tokens: input, completion_tokens: output } = usage
  yield { type: 'usage', usage: { inputOther: countOf(input), inputCached: 0, output: countOf(output) } }
}

function countOf(value: Json | undefined): number {
  return typeof value === 'number' && value > 0 ? value : 0
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** The conversation that was named does not exist there any more. */
function isGone(error: unknown): boolean {
  return error instanceof AstrBotError && error.data.http_status === 404
}
