import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { RemoteApi, type RemoteApiOptions } from './remote-api.ts'
import type { AgentRunner, RunnerEvent, RunnerRequest } from './runner.ts'
import type { RunnerSettings } from './settings.ts'

/** Bots of Coze: https://docs.coze.cn (chat v3). */
export class CozeRunner implements AgentRunner {
  readonly title = 'Coze'
  readonly conversationKey = 'coze_conversation_id'
  readonly #settings: RunnerSettings
  readonly #botId: string
  readonly #api: RemoteApi

  constructor(settings: RunnerSettings, { fetch }: Pick<RemoteApiOptions, 'fetch'>) {
    const key = settings.requiredSecret('coze_api_key')
    this.#settings = settings
    this.#botId = settings.required('bot_id')
    this.#api = new RemoteApi({
      title: this.title,
      baseUrl: settings.text('coze_api_base') || 'https://api.coze.cn',
      headers: { authorization: `Bearer ${key}` },
      secrets: [key],
      timeoutMs: settings.timeoutMs,
      fetch,
    })
  }

  async *run(request: RunnerRequest): AsyncGenerator<RunnerEvent, void, void> {
    const { user, variables, conversation, signal } = request
    const body = {
      bot_id: this.#botId,
      user_id: user,
      stream: true,
      auto_save_history: this.#settings.is('auto_save_history'),
      additional_messages: [{ role: 'user', type: 'question', ...(await this.#content(request)) }],
      custom_variables: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
    }
    const query = conversation === undefined ? '' : `?conversation_id=${encodeURIComponent(conversation)}`
    let chat: { chat_id: string; conversation_id: string } | undefined
    let over = false
    try {
      for await (const { event, data } of this.#api.stream(`/v3/chat${query}`, body, signal)) {
        if (event === 'done' || data === '[DONE]') break
        const content = this.#api.parse(data)
        if (event === '' || event === 'error') {
          // Refusals come as plain JSON with status 200.
          over = true
          throw this.#api.failure(wordsOf(content))
        }
        if (event === 'conversation.chat.created') {
          const { id, conversation_id: remote } = content
          if (typeof id === 'string' && typeof remote === 'string') {
            chat = { chat_id: id, conversation_id: remote }
            if (remote !== conversation) yield { type: 'conversation', id: remote }
          }
        } else if (event === 'conversation.message.delta' && content.type === 'answer') {
          if (textOf(content.reasoning_content)) yield { type: 'reasoning', text: textOf(content.reasoning_content) }
          if (textOf(content.content)) yield { type: 'text', text: textOf(content.content) }
        } else if (event === 'conversation.chat.failed') {
          over = true
          throw this.#api.failure(wordsOf(isJsonObject(content.last_error) ? content.last_error : content))
        } else if (event === 'conversation.chat.requires_action') {
          throw this.#api.failure('the bot wants to use a plugin on this side, which is not possible')
        } else if (event === 'conversation.chat.completed') {
          over = true
          yield* usageIn(content.usage)
        }
      }
      over = true
    } finally {
      if (!over && chat) this.#api.tellToStop('/v3/chat/cancel', chat)
    }
  }

  /** Text as it is; with pictures a list of parts, as JSON. */
  async #content({ prompt, images, signal }: RunnerRequest): Promise<JsonObject> {
    if (images.length === 0) return { content: prompt, content_type: 'text' }
    const parts: JsonObject[] = prompt === '' ? [] : [{ type: 'text', text: prompt }]
    for (const image of images) {
      const { data, ...answer } = await this.#api.upload('/v1/files/upload', image, {}, signal)
      const id = isJsonObject(data) ? data.id : undefined
      if (typeof id !== 'string') throw this.#api.failure(`a picture was not taken: ${wordsOf(answer)}`)
      parts.push({ type: 'image', file_id: id })
    }
    return { content: JSON.stringify(parts), content_type: 'object_string' }
  }
}

function wordsOf({ code, msg }: JsonObject): string {
  return [textOf(msg) || 'it said nothing more', ...(code === undefined ? [] : [`(code ${String(code)})`])].join(' ')
}

function* usageIn(usage: Json | undefined): Generator<RunnerEvent> {
  if (!isJsonObject(usage)) return
  const { input_count: input, output_count: output } = usage
  const count = (value: Json | undefined) => (typeof value === 'number' ? value : 0)
  yield { type: 'usage', usage: { inputOther: count(input), inputCached: 0, output: count(output) } }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
