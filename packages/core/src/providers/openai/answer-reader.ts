import { VendorFailure } from '../failure.ts'
import type { ModelEvent, TokenUsage } from '../model.ts'
import { countField, field, listField, textField } from '../untrusted.ts'
import type { ChunkReader } from './streamed-answer.ts'
import { ThinkTags } from './think-tags.ts'
import { ToolCallPieces } from './tool-calls.ts'

/** Reads an answer, piece by piece or whole, into events. */
export class AnswerReader implements ChunkReader {
  readonly #tools = new ToolCallPieces()
  readonly #text = new ThinkTags()
  #usage: TokenUsage = { inputOther: 0, inputCached: 0, output: 0 }
  #finish = ''

  get finished(): boolean {
    return this.#finish !== ''
  }

  /** One chunk of a stream, or a whole answer. */
  read(chunk: unknown, events: ModelEvent[]): void {
    const error = field(chunk, 'error')
    if (error !== undefined && error !== null) throw reportedFailure(error)
    const choice = listField(chunk, 'choices')[0]
    this.#count(field(chunk, 'usage') ?? field(choice, 'usage'))
    this.#finish = textField(choice, 'finish_reason') || this.#finish
    const message = field(choice, 'delta') ?? field(choice, 'message')
    if (message === undefined) return
    for (const piece of listField(message, 'tool_calls')) this.#tools.add(piece)
    this.#think(textField(message, 'reasoning_content') || textField(message, 'reasoning'), events)
    const content = field(message, 'content')
    if (typeof content === 'string') this.#text.add(content, events)
    else if (Array.isArray(content)) for (const part of content) this.#part(part, events)
    this.#text.add(textField(message, 'refusal'), events)
  }

  end(events: ModelEvent[]): void {
    this.#text.end(events)
    if (this.#finish === 'content_filter') throw withheld()
    events.push(...this.#tools.events())
    const reason = this.#tools.some ? 'tool_calls' : reasonOf(this.#finish)
    events.push({ type: 'finish', reason, usage: this.#usage })
  }

  /** One part of a list, as Mistral's thinking models send it. */
  #part(part: unknown, events: ModelEvent[]): void {
    if (textField(part, 'type') === 'text') this.#text.add(textField(part, 'text'), events)
    else for (const piece of listField(part, 'thinking')) this.#think(textField(piece, 'text'), events)
  }

  #think(text: string, events: ModelEvent[]): void {
    if (text !== '') events.push({ type: 'reasoning', text })
  }

  #count(usage: unknown): void {
    if (typeof usage !== 'object' || usage === null) return
    const input = countField(usage, 'prompt_tokens')
    const details = field(usage, 'prompt_tokens_details')
    // DeepSeek counts in a field of its own.
    const cached = Math.min(input, countField(details, 'cached_tokens') || countField(usage, 'prompt_cache_hit_tokens'))
    this.#usage = { inputOther: input - cached, inputCached: cached, output: countField(usage, 'completion_tokens') }
  }
}

function reasonOf(finish: string): 'stop' | 'length' | 'tool_calls' | 'other' {
  if (finish === 'stop' || finish === '') return 'stop'
  if (finish === 'length') return 'length'
  return finish === 'tool_calls' || finish === 'function_call' ? 'tool_calls' : 'other'
}

/** A vendor that took offence; what it said before that stands. */
export function withheld(): VendorFailure {
  return new VendorFailure('unreadable', 'The vendor withheld the answer (content filter)')
}

/** An error inside of a stream that began well: its code may be an HTTP status. */
export function reportedFailure(error: unknown): VendorFailure {
  const code = field(error, 'code') ?? field(error, 'status_code')
  const status =
    typeof code === 'number' || (typeof code === 'string' && /^[45]\d\d$/.test(code)) ? Number(code) : undefined
  const message = textField(error, 'message') || (typeof error === 'string' ? error : JSON.stringify(error))
  const details = { status, code: String(code ?? textField(error, 'type')) }
  return new VendorFailure(status === undefined ? 'unreadable' : 'status', message, details)
}

/** The value of a chunk or a body. */
export function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new VendorFailure('unreadable', `Not JSON: ${text.slice(0, 200)}`)
  }
}
