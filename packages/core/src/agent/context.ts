import type { PastTurn, Recalled, Summary } from '../conversations/index.ts'
import type { LlmMessage } from '../providers/model.ts'
import { paired } from './paired.ts'
import { messageTokens } from './tokens.ts'

/** What a model is told in a turn: the opening, what it remembers, and what was said in this turn. */
export class TurnContext {
  readonly #opening: readonly LlmMessage[]
  #past: PastTurn[]
  /** Set once older turns were put into words in this turn. */
  #summary: Summary | undefined
  #renewed = false
  readonly #turn: LlmMessage[]
  /** What the vendor counted, up to which message of the turn; nothing is known when undefined. */
  #counted: { tokens: number; messages: number } | undefined

  /** @param counted tokens of the conversation's last request; 0 is unknown */
  constructor(opening: readonly LlmMessage[], { turns, summary }: Recalled, userMessage: LlmMessage, counted: number) {
    this.#opening = opening
    this.#past = turns
    this.#summary = summary
    this.#turn = [userMessage]
    this.#counted = counted > 0 ? { tokens: counted, messages: 0 } : undefined
  }

  /** Turns before this one that are still told word by word, oldest first. */
  get past(): readonly PastTurn[] {
    return this.#past
  }

  /** What stands in place of the turns before those. */
  get summary(): Summary | undefined {
    return this.#summary
  }

  /** The summary, if it was made in this turn. */
  get newSummary(): Summary | undefined {
    return this.#renewed ? this.#summary : undefined
  }

  /** What was said in this turn: the user's message and what followed. */
  get turn(): readonly LlmMessage[] {
    return this.#turn
  }

  add(...messages: LlmMessage[]): void {
    this.#turn.push(...messages)
  }

  /** Everything, as the next request tells it. */
  messages(): LlmMessage[] {
    const past = paired(this.#past.flatMap(({ messages }) => messages))
    return [...this.#opening, ...summaryMessages(this.#summary), ...past, ...this.#turn]
  }

  /** Notes what the vendor counted for everything so far, the answer included. */
  count(tokens: number): void {
    this.#counted = tokens > 0 ? { tokens, messages: this.#turn.length } : undefined
  }

  /** About how many tokens the next request has: the vendor's count plus what is new, or our estimate if that is higher. */
  size(): number {
    const estimate = tokensOf(this.messages())
    if (!this.#counted) return estimate
    return Math.max(estimate, this.#counted.tokens + tokensOf(this.#turn.slice(this.#counted.messages)))
  }

  /** Leaves out the oldest turns; nothing is known of the size any more but our estimate. */
  drop(turns: number): void {
    this.#past = this.#past.slice(turns)
    this.#counted = undefined
  }

  /** Puts a summary in place of the oldest turns. */
  summarise(turns: number, text: string): void {
    const last = this.#past[turns - 1]
    if (!last) return
    this.#summary = { text, upTo: last.lastId }
    this.#renewed = true
    this.drop(turns)
  }
}

/** Tokens of some messages, by our estimate. */
export function tokensOf(messages: readonly LlmMessage[]): number {
  return messages.reduce((sum, message) => sum + messageTokens(message), 0)
}

function summaryMessages(summary: Summary | undefined): LlmMessage[] {
  if (!summary) return []
  return [
    { role: 'user', content: `Our previous history conversation summary: ${summary.text}` },
    { role: 'assistant', content: 'Acknowledged the summary of our previous conversation history.' },
  ]
}
