import { isJsonObject } from '../json.ts'
import { refsOf } from './refs.ts'
import type { AgentStats, BotContent, ChatEvent, MessagePart } from './types.ts'

type ToolCall = Extract<MessagePart, { type: 'tool_call' }>['tool_calls'][number]

/**
 * Turns the events of a turn into the message that is shown and stored. The same rules serve the next row of the
 * history, the snapshot of a running turn, and the repair of a turn that a crash cut off.
 */
export class Recorder {
  #text = ''
  #parts: MessagePart[] = []
  #open = new Map<string, ToolCall>()
  /** The stored name of a file that was told and is not known by its id yet. */
  #file: string | undefined
  #stats: AgentStats | undefined
  #error: BotContent['error']

  /** True when there is something to store. */
  get hasContent(): boolean {
    return (
      this.#text !== '' ||
      this.#parts.length > 0 ||
      this.#open.size > 0 ||
      this.#stats !== undefined ||
      this.#error !== undefined
    )
  }

  add(event: ChatEvent): void {
    switch (event.type) {
      case 'plain':
        this.#plain(event.data, event.chain_type, event.streaming)
        break
      case 'image':
      case 'record':
      case 'video':
      case 'file':
        this.#file = /^\[\w+\]([^|]*)/.exec(event.data)?.[1]
        break
      case 'attachment_saved':
        this.#attachment(event.data)
        break
      case 'agent_stats':
        this.#stats = event.data
        break
      case 'error':
        this.#error = {
          code: event.code ?? 'run_failed',
          message: event.data,
          ...(event.cause !== undefined && { cause: event.cause }),
        }
        break
    }
  }

  /** The message so far; tool calls without a result included. Does not end the recording. */
  content(): BotContent {
    const parts = [...this.#parts]
    if (this.#text !== '') appendText(parts, this.#text)
    for (const call of this.#open.values()) parts.push({ type: 'tool_call', tool_calls: [call] })
    const reasoning = parts.map(part => (part.type === 'think' ? part.think : '')).join('')
    const refs = refsOf(parts)
    return {
      type: 'bot',
      message: parts,
      ...(reasoning !== '' && { reasoning }),
      ...(this.#stats && { agent_stats: this.#stats }),
      ...(refs && { refs }),
      ...(this.#error && { error: this.#error }),
    }
  }

  #plain(data: string, chainType: string | null, streaming: boolean): void {
    if (chainType === 'reasoning') {
      this.#flush()
      const last = this.#parts.at(-1)
      if (last?.type === 'think') last.think += data
      else this.#parts.push({ type: 'think', think: data })
    } else if (chainType === 'tool_call') {
      const call = toolCall(data)
      if (!call) return
      this.#flush()
      this.#open.set(call.id, call)
    } else if (chainType === 'tool_call_result') {
      const result = toolCall(data)
      if (!result) return
      this.#flush()
      const call: ToolCall = { ...(this.#open.get(result.id) ?? { id: result.id }) }
      this.#open.delete(result.id)
      if (result.result !== undefined) call.result = result.result
      if (result.ts !== undefined) call.finished_ts = result.ts
      this.#parts.push({ type: 'tool_call', tool_calls: [call] })
    } else if (streaming) {
      this.#text += data
    } else {
      this.#text = data
    }
  }

  /** A file without an id belongs to a message of its own, which was pushed into the turn. */
  #attachment({ id, type }: Extract<ChatEvent, { type: 'attachment_saved' }>['data']): void {
    this.#flush()
    this.#parts.push({ type, attachment_id: id, filename: this.#file ?? '' })
    this.#file = undefined
  }

  #flush(): void {
    if (this.#text === '') return
    appendText(this.#parts, this.#text)
    this.#text = ''
  }
}

function appendText(parts: MessagePart[], text: string): void {
  const last = parts.at(-1)
  if (last?.type === 'plain') parts[parts.length - 1] = { type: 'plain', text: last.text + text }
  else parts.push({ type: 'plain', text })
}

function toolCall(json: string): ToolCall | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isJsonObject(value) && typeof value['id'] === 'string' && value['id'] !== ''
      ? (value as ToolCall)
      : undefined
  } catch {
    return undefined
  }
}
