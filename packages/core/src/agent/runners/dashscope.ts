import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { RemoteApi, type RemoteApiOptions } from './remote-api.ts'
import type { AgentRunner, RunnerEvent, RunnerRequest } from './runner.ts'
import type { RunnerSettings } from './settings.ts'

/** Kinds of apps that remember what was said before. */
const remembering = new Set(['agent', 'dialog-workflow'])

/** Apps of Alibaba's Model Studio. There is no way to stop one but to hang up. Pictures are not taken. */
export class DashscopeRunner implements AgentRunner {
  readonly title = 'DashScope'
  readonly conversationKey = 'dashscope_conversation_id'
  readonly #settings: RunnerSettings
  readonly #appId: string
  readonly #api: RemoteApi

  /** @param baseUrl another region, or a test */
  constructor(settings: RunnerSettings, { fetch }: Pick<RemoteApiOptions, 'fetch'>, baseUrl?: string | undefined) {
    const key = settings.requiredSecret('dashscope_api_key')
    this.#settings = settings
    this.#appId = settings.required('dashscope_app_id')
    this.#api = new RemoteApi({
      title: this.title,
      baseUrl: baseUrl || 'https://dashscope.aliyuncs.com',
      headers: { authorization: `Bearer ${key}` },
      secrets: [key],
      timeoutMs: settings.timeoutMs,
      fetch,
    })
  }

  async *run({ prompt, variables, conversation, signal, images }: RunnerRequest): AsyncGenerator<RunnerEvent> {
    const remembers = remembering.has(this.#settings.text('dashscope_app_type') || 'agent')
    const inputs = { ...this.#settings.object('variables'), ...variables }
    const rag = this.#settings.object('rag_options')
    const ragOptions = Object.fromEntries(
      ['pipeline_ids', 'file_ids']
        .map(key => [key, rag[key]])
        .filter(([, ids]) => Array.isArray(ids) && ids.length > 0),
    )
    const body: JsonObject = {
      input: {
        prompt: [prompt, ...images.map(() => '[Image]')].filter(Boolean).join('\n'),
        ...(remembers && conversation !== undefined && { session_id: conversation }),
        ...(Object.keys(inputs).length > 0 && { biz_params: inputs }),
      },
      parameters: {
        incremental_output: true,
        ...(Object.keys(ragOptions).length > 0 && { rag_options: ragOptions }),
      },
    }
    const path = `/api/v1/apps/${encodeURIComponent(this.#appId)}/completion`
    const references = new Map<string, string>()
    let known = conversation
    let last: JsonObject = {}
    for await (const { event, data } of this.#api.stream(path, body, signal, { 'x-dashscope-sse': 'enable' })) {
      const answer = this.#api.parse(data)
      if (event === 'error' || typeof answer.code === 'string')
        throw this.#api.failure([textOf(answer.code), textOf(answer.message)].filter(Boolean).join(': '))
      const output = isJsonObject(answer.output) ? answer.output : {}
      const { session_id: id } = output
      if (remembers && typeof id === 'string' && id !== '' && id !== known) {
        known = id
        yield { type: 'conversation', id }
      }
      const text = textOf(output.text) || workflowText(output.workflow_message)
      if (text !== '') yield { type: 'text', text }
      for (const [index, title] of referencesIn(output.doc_references)) references.set(index, title)
      if (isJsonObject(answer.usage)) last = answer.usage
    }
    if (rag.output_reference === true && references.size > 0)
      yield { type: 'text', text: `\n\n${[...references].map(([index, title]) => `[${index}] ${title}`).join('\n')}` }
    yield* usageIn(last.models)
  }
}

function workflowText(message: Json | undefined): string {
  const content = isJsonObject(message) ? message.message : undefined
  return isJsonObject(content) ? textOf(content.content) : ''
}

function* referencesIn(list: Json | undefined): Generator<[string, string]> {
  for (const entry of Array.isArray(list) ? list : []) {
    if (!isJsonObject(entry)) continue
    const { index_id: index } = entry
    const title = textOf(entry.title) || textOf(entry.doc_name)
    if (title !== '' && (typeof index === 'string' || typeof index === 'number')) yield [String(index), title]
  }
}

function* usageIn(models: Json | undefined): Generator<RunnerEvent> {
  const listed = (Array.isArray(models) ? models : []).filter(model => isJsonObject(model))
  if (listed.length === 0) return
  const sum = (key: string) =>
    listed.reduce((total, model) => total + (typeof model[key] === 'number' ? model[key] : 0), 0)
  yield { type: 'usage', usage: { inputOther: sum('input_tokens'), inputCached: 0, output: sum('output_tokens') } }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
