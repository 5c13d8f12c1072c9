const most = 1000

/**
 * Remembers, by the id of a tool call, what its vendor wants back beside it, word by word: signed or encrypted thoughts.
 * Conversations do not keep them, and they are needed only while the turn goes on: later turns do without.
 */
export class ReplayMemory<Parts> {
  readonly #parts = new Map<string, Parts>()

  remember(toolCallId: string, parts: Parts): void {
    const [oldest] = this.#parts.keys()
    if (this.#parts.size >= most && oldest !== undefined) this.#parts.delete(oldest)
    this.#parts.set(toolCallId, parts)
  }

  recall(toolCallId: string): Parts | undefined {
    return this.#parts.get(toolCallId)
  }
}
