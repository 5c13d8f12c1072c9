import type { LanguageModelV4ReasoningPart, SharedV4ProviderMetadata } from '@ai-sdk/provider'

/** What a vendor wants back, word by word, beside a tool call of its own: signed thoughts and the call's signature. */
export interface ReplayParts {
  reasoning: LanguageModelV4ReasoningPart[]
  call: SharedV4ProviderMetadata | undefined
}

const most = 1000

/**
 * Remembers `ReplayParts` by the id of their tool call. Conversations do not keep them, and they are needed only while
 * the turn goes on: later turns do without.
 */
export class ReplayMemory {
  readonly #parts = new Map<string, ReplayParts>()

  remember(toolCallId: string, parts: ReplayParts): void {
    const [oldest] = this.#parts.keys()
    if (this.#parts.size >= most && oldest !== undefined) this.#parts.delete(oldest)
    this.#parts.set(toolCallId, parts)
  }

  recall(toolCallId: string): ReplayParts | undefined {
    return this.#parts.get(toolCallId)
  }
}
