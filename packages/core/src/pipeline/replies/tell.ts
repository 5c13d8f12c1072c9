import type { ChatEvent, NumberedEvent } from '../../chat/index.ts'
import type { Files } from '../../files/index.ts'
import { isJsonObject } from '../../json.ts'
import type { Logger } from '../../log.ts'
import type { Component } from '../../platforms/index.ts'
import type { Sleep } from '../stages/rate-limit.ts'
import type { Visit } from '../visit.ts'
import { type DecorateServices, decorate } from './decorate.ts'
import { type DeliverServices, deliver } from './deliver.ts'
import { type Reply, textReply } from './reply.ts'
import { Sentences } from './sentences.ts'

/** Between two sentences of an answer that grows, where people cannot see it grow. */
const sentencePauseMs = 1500
const longestResult = 70

export interface TellServices extends DecorateServices, DeliverServices {
  files: Pick<Files, 'attachments'>
  sleep: Sleep
  log: Logger
}

/** Says what happens in a run to the people of another platform, as it happens. */
export class Teller {
  readonly #services: TellServices
  readonly #visit: Visit
  readonly #sentences = new Sentences()
  readonly #tools = new Map<string, string>()
  #by: Reply['by'] = 'general'
  #reasoning = ''
  #told = false

  constructor(services: TellServices, visit: Visit) {
    this.#services = services
    this.#visit = visit
  }

  /** Reads a run to its end. */
  async follow(batches: AsyncIterable<NumberedEvent[]>): Promise<void> {
    for await (const batch of batches) for (const { event } of batch) await this.#take(event)
  }

  async #take(event: ChatEvent): Promise<void> {
    switch (event.type) {
      case 'run_started':
        this.#by = 'llm'
        break
      case 'plain':
        await this.#plain(event)
        break
      case 'complete':
        await this.#sayPieces(this.#sentences.flush())
        break
      case 'attachment_saved':
        await this.#file(event.data.id)
        break
      case 'error':
        await this.#sayPieces(this.#sentences.flush())
        await this.#reply(textReply('general', event.data))
        break
    }
  }

  async #plain({ data, chain_type: kind, streaming }: Extract<ChatEvent, { type: 'plain' }>): Promise<void> {
    if (kind === 'reasoning') this.#reasoning += data
    else if (kind === 'tool_call') await this.#toolCalled(data)
    else if (kind === 'tool_call_result') await this.#toolAnswered(data)
    else if (kind === 'tts_stats' || kind === 'agent_stats') return
    else if (streaming) await this.#sayPieces(this.#sentences.push(data))
    else {
      const reply = textReply(this.#by, data, this.#reasoning)
      this.#reasoning = ''
      await this.#reply(reply)
    }
  }

  async #reply(reply: Reply): Promise<void> {
    const decorated = await decorate(this.#services, this.#visit, reply)
    await deliver(this.#services, this.#visit, decorated)
  }

  /** What was streamed goes out as it is. */
  async #sayPieces(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      if (text.trim() === '') continue
      if (this.#told) {
        try {
          await this.#services.sleep(sentencePauseMs, this.#visit.signal)
        } catch {
          // Somebody has stopped it: what is left is not said.
          return
        }
      }
      this.#told = true
      await this.#send([{ type: 'plain', text: text.trim() }])
    }
  }

  async #toolCalled(json: string): Promise<void> {
    await this.#sayPieces(this.#sentences.flush())
    const { show_tool_use_status, show_tool_call_result } = this.#visit.config.provider_settings
    const { id, name } = objectOf(json)
    if (typeof name !== 'string') return
    this.#tools.set(String(id), name)
    if (show_tool_use_status && !show_tool_call_result) await this.#send([plain(`🔨 调用工具: ${name}`)])
  }

  async #toolAnswered(json: string): Promise<void> {
    const { show_tool_use_status, show_tool_call_result } = this.#visit.config.provider_settings
    const { id, result } = objectOf(json)
    const name = this.#tools.get(String(id))
    if (name === undefined || !show_tool_use_status || !show_tool_call_result) return
    const text = typeof result === 'string' ? result : JSON.stringify(result ?? '')
    await this.#send([plain(`🔨 调用工具: ${name}\n📎 返回结果: ${[...text].slice(0, longestResult).join('')}`)])
  }

  async #file(attachmentId: string): Promise<void> {
    const { files, log } = this.#services
    try {
      const row = await files.attachments.find(attachmentId, { username: '', apiKeyId: null })
      const { path: file } = await files.attachments.file(row)
      const media: Component =
        row.type === 'file'
          ? { type: 'file', name: row.filename, file, attachmentId }
          : { type: row.type, file, attachmentId }
      await this.#reply({ by: this.#by, chain: [media], reasoning: '' })
    } catch (error) {
      log.warn({ err: error, attachmentId }, 'a file of an answer was not sent')
    }
  }

  #send(chain: Component[]): Promise<void> {
    return deliver(this.#services, this.#visit, { chain, segmented: false })
  }
}

function plain(text: string): Component {
  return { type: 'plain', text }
}

function objectOf(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json)
    return isJsonObject(value) ? value : {}
  } catch {
    return {}
  }
}
