import { isJsonObject, type JsonObject } from '../../json.ts'
import { VendorFailure } from '../failure.ts'
import type { ModelEvent, TokenUsage } from '../model.ts'
import { reportedFailure, withheld } from '../openai/answer-reader.ts'
import type { ChunkReader } from '../openai/streamed-answer.ts'
import { countField, field, listField, textField } from '../untrusted.ts'
import type { ReasoningMemory } from './request-body.ts'

/** Reads the events of a streamed response, or a whole response, into events of ours. */
export class ResponseReader implements ChunkReader {
  readonly #memory: ReasoningMemory
  readonly #reasoning: JsonObject[] = []
  readonly #calls: Extract<ModelEvent, { type: 'tool_call' }>[] = []
  /** The places in the output whose words came piece by piece. */
  readonly #told = new Set<unknown>()
  #response: unknown

  constructor(memory: ReasoningMemory) {
    this.#memory = memory
  }

  get finished(): boolean {
    return this.#response !== undefined
  }

  get over(): boolean {
    return this.finished
  }

  read(chunk: unknown, events: ModelEvent[]): void {
    const place = field(chunk, 'output_index')
    switch (textField(chunk, 'type')) {
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        this.#say('text', place, textField(chunk, 'delta'), events)
        break
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        this.#say('reasoning', place, textField(chunk, 'delta'), events)
        break
      case 'response.output_item.done':
        this.#take(field(chunk, 'item'), place, events)
        break
      case 'response.completed':
      case 'response.incomplete':
        this.#close(field(chunk, 'response'))
        break
      case 'response.failed':
        throw reportedFailure(field(field(chunk, 'response'), 'error') ?? 'The response failed')
      case 'error':
        throw reportedFailure(field(chunk, 'error') ?? chunk)
      default: {
        // Relays report their failures in the manner of chat completions.
        const error = field(chunk, 'error')
        if (error !== undefined && error !== null) throw reportedFailure(error)
      }
    }
  }

  /** A whole response. */
  readAll(response: unknown): ModelEvent[] {
    const error = field(response, 'error')
    if (error !== undefined && error !== null) throw reportedFailure(error)
    if (!Array.isArray(field(response, 'output'))) throw new VendorFailure('unreadable', 'The answer has no output')
    const events: ModelEvent[] = []
    for (const [place, item] of listField(response, 'output').entries()) this.#take(item, place, events)
    this.#close(response)
    this.end(events)
    return events
  }

  end(events: ModelEvent[]): void {
    const incomplete = textField(field(this.#response, 'incomplete_details'), 'reason')
    if (incomplete === 'content_filter') throw withheld()
    for (const { id } of this.#calls) this.#memory.remember(id, this.#reasoning)
    events.push(...this.#calls)
    const reason = incomplete === 'max_output_tokens' ? 'length' : incomplete ? 'other' : 'stop'
    const usage = usageOf(field(this.#response, 'usage'))
    events.push({ type: 'finish', reason: this.#calls.length > 0 ? 'tool_calls' : reason, usage })
  }

  #say(type: 'text' | 'reasoning', place: unknown, text: string, events: ModelEvent[]): void {
    if (text === '') return
    this.#told.add(place)
    events.push({ type, text })
  }

  /** A finished part of the output. What of it was told piece by piece is not told again. */
  #take(item: unknown, place: unknown, events: ModelEvent[]): void {
    const told = this.#told.has(place)
    switch (textField(item, 'type')) {
      case 'message':
        for (const part of told ? [] : listField(item, 'content'))
          this.#say('text', place, textField(part, 'text') || textField(part, 'refusal'), events)
        break
      case 'reasoning':
        for (const part of told ? [] : [...listField(item, 'summary'), ...listField(item, 'content')])
          this.#say('reasoning', place, textField(part, 'text'), events)
        // Without its encrypted content a vendor that stored nothing cannot take it back.
        if (isJsonObject(item) && textField(item, 'encrypted_content')) this.#reasoning.push(withoutState(item))
        break
      case 'function_call': {
        const name = textField(item, 'name')
        const id = textField(item, 'call_id') || textField(item, 'id')
        if (name) this.#calls.push({ type: 'tool_call', id, name, args: textField(item, 'arguments') || '{}' })
      }
    }
  }

  #close(response: unknown): void {
    this.#response = response ?? {}
  }
}

/** As the API takes a reasoning item back. */
function withoutState({ status: _, ...item }: JsonObject): JsonObject {
  return item
}

function usageOf(usage: unknown): TokenUsage {
  const input = countField(usage, 'input_tokens')
  const cached = Math.min(input, countField(field(usage, 'input_tokens_details'), 'cached_tokens'))
  return { inputOther: input - cached, inputCached: cached, output: countField(usage, 'output_tokens') }
}
