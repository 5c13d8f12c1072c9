import { VendorFailure } from '../failure.ts'
import type { ModelEvent, TokenUsage } from '../model.ts'
import { countField, field, listField, textField } from '../untrusted.ts'
import { ThinkTags } from './think-tags.ts'
import { ToolCallPieces } from './tool-calls.ts'

/** Reads an answer, piece by piece or whole, into events. */
export class AnswerReader {
  readonly #tools = new ToolCallPieces()
  readonly #thoughts = new ThinkTags()
  #usage: TokenUsage = { inputOther: 0, inputCached: 0, output: 0 }
  #finish = ''

  /** True once the model said why it stopped. */
  get finished(): boolean {
    return this.#finish !== ''
  }

  /** One chunk of a stream, or a whole answer. Throws the failure that a chunk may report. */
  read(chunk: unknown): ModelEvent[] {
    const error = field(chunk, 'error')
    if (error !== undefined && error !== null) throw reportedFailure(error)
    const choice = listField(chunk, 'choices')[0]
    this.#count(field(chunk, 'usage') ?? field(choice, 'usage'))
    this.#finish = textField(choice, 'finish_reason') || this.#finish
    const message = field(choice, 'delta') ?? field(choice, 'message')
    if (message === undefined) return []
    for (const piece of listField(message, 'tool_calls')) this.#tools.add(piece)
    const reasoning = textField(message, 'reasoning_content') || textField(message, 'reasoning')
    return [
      ...(reasoning === '' ? [] : [{ type: 'reasoning' as const, text: reasoning }]),
      ...this.#content(field(message, 'content')),
      ...this.#thoughts.add(textField(message, 'refusal')),
    ]
  }

  /** The events that end the answer. */
  end(): ModelEvent[] {
    return [
      ...this.#thoughts.end(),
      ...this.#tools.events(),
      { type: 'finish', reason: this.#tools.some ? 'tool_calls' : reasonOf(this.#finish), usage: this.#usage },
    ]
  }

  #count(usage: unknown): void {
    if (typeof usage !== 'object' || usage === null) return
    const input = countField(usage, 'prompt_tokens')
    const details = field(usage, 'prompt_tokens_details')
    // DeepSeek counts in a field of its own.
    const cached = Math.min(input, countField(details, 'cached_tokens') || countField(usage, 'prompt_cache_hit_tokens'))
    this.#usage = { inputOther: input - cached, inputCached: cached, output: countField(usage, 'completion_tokens') }
  }

  /** A text, or a list of parts as Mistral's thinking models send it. */
  #content(content: unknown): ModelEvent[] {
    if (typeof content === 'string') return this.#thoughts.add(content)
    if (!Array.isArray(content)) return []
    return content.flatMap((part): ModelEvent[] => {
      if (textField(part, 'type') === 'text') return this.#thoughts.add(textField(part, 'text'))
      const thought = listField(part, 'thinking')
        .map(piece => textField(piece, 'text'))
        .join('')
      return thought === '' ? [] : [{ type: 'reasoning', text: thought }]
    })
  }
}

function reasonOf(finish: string): 'stop' | 'length' | 'tool_calls' | 'other' {
  if (finish === 'stop' || finish === '') return 'stop'
  if (finish === 'length') return 'length'
  return finish === 'tool_calls' || finish === 'function_call' ? 'tool_calls' : 'other'
}

/** An error inside of a stream that began well: its code may be an HTTP status. */
function reportedFailure(error: unknown): VendorFailure {
  const code = field(error, 'code') ?? field(error, 'status_code')
  const status =
    typeof code === 'number' || (typeof code === 'string' && /^[45]\d\d$/.test(code)) ? Number(code) : undefined
  const message = textField(error, 'message') || (typeof error === 'string' ? error : JSON.stringify(error))
  const details = { status, code: String(code ?? textField(error, 'type')) }
  return new VendorFailure(status === undefined ? 'unreadable' : 'status', message, details)
}
