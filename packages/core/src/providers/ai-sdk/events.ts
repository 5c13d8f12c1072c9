import type {
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4ReasoningPart,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider'
import { VendorFailure } from '../failure.ts'
import type { ModelEvent } from '../model.ts'
import { withheld } from '../openai/answer-reader.ts'
import { asVendorFailure } from './failure.ts'
import type { SignatureMemory } from './replay.ts'

/** Turns the AI SDK's parts of an answer into events, and remembers what has to go back beside tool calls. */
export class PartReader {
  readonly #replay: SignatureMemory
  readonly #reasoning = new Map<string, LanguageModelV4ReasoningPart>()
  #toolCalls = 0

  constructor(replay: SignatureMemory) {
    this.#replay = replay
  }

  /** One part of a stream. Throws the failure that a part may report. */
  read(part: LanguageModelV4StreamPart): ModelEvent[] {
    switch (part.type) {
      case 'text-delta':
        return textEvents(part.delta)
      case 'reasoning-start':
        this.#think(part.id, '', part.providerMetadata)
        return []
      case 'reasoning-end':
        this.#think(part.id, '', part.providerMetadata)
        return []
      case 'reasoning-delta':
        this.#think(part.id, part.delta, part.providerMetadata)
        return reasoningEvents(part.delta)
      case 'error':
        throw asVendorFailure(part.error)
      case 'finish':
        return [finishEvent(part.finishReason, part.usage, this.#toolCalls > 0)]
      case 'tool-call':
        return this.#call(part.toolCallId, part.toolName, part.input, part.providerMetadata, part.providerExecuted)
      default:
        return []
    }
  }

  /** A whole answer. */
  readAll(
    content: LanguageModelV4Content[],
    finish: LanguageModelV4FinishReason,
    usage: LanguageModelV4Usage,
  ): ModelEvent[] {
    const events = content.flatMap((part, index): ModelEvent[] => {
      switch (part.type) {
        case 'text':
          return textEvents(part.text)
        case 'reasoning':
          this.#think(String(index), part.text, part.providerMetadata)
          return reasoningEvents(part.text)
        case 'tool-call':
          return this.#call(part.toolCallId, part.toolName, part.input, part.providerMetadata, part.providerExecuted)
        default:
          return []
      }
    })
    return [...events, finishEvent(finish, usage, this.#toolCalls > 0)]
  }

  #think(id: string, text: string, metadata: SharedV4ProviderMetadata | undefined): void {
    const block = this.#reasoning.get(id) ?? { type: 'reasoning', text: '' }
    block.text += text
    if (metadata) block.providerOptions = metadata
    this.#reasoning.set(id, block)
  }

  #call(
    id: string,
    name: string,
    args: string,
    call: SharedV4ProviderMetadata | undefined,
    elsewhere = false,
  ): ModelEvent[] {
    // The vendor ran it itself.
    if (elsewhere) return []
    // Without a signature a thought cannot go back.
    const reasoning = [...this.#reasoning.values()].filter(block => block.providerOptions)
    if (call || reasoning.length > 0) this.#replay.remember(id, { reasoning, call })
    this.#toolCalls++
    return [{ type: 'tool_call', id, name, args: args || '{}' }]
  }
}

function textEvents(text: string): ModelEvent[] {
  return text === '' ? [] : [{ type: 'text', text }]
}

function reasoningEvents(text: string): ModelEvent[] {
  return text === '' ? [] : [{ type: 'reasoning', text }]
}

function finishEvent(
  { unified, raw }: LanguageModelV4FinishReason,
  usage: LanguageModelV4Usage,
  calls: boolean,
): ModelEvent {
  if (unified === 'interrupted') throw new VendorFailure('broken', 'The stream ended before the answer did')
  if (unified === 'error') throw new VendorFailure('unreadable', `The model gave up: ${raw ?? 'no reason given'}`)
  if (unified === 'content-filter') throw withheld()
  const reason = calls ? 'tool_calls' : unified === 'stop' || unified === 'length' ? unified : 'other'
  const { total = 0, cacheRead = 0 } = usage.inputTokens
  return {
    type: 'finish',
    reason,
    usage: { inputOther: total - cacheRead, inputCached: cacheRead, output: usage.outputTokens.total ?? 0 },
  }
}
