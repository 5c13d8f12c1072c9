/** What one call of a vendor's chat API asks for, whatever its format. */
export interface Ask {
  model: string
  streaming: boolean
  /** Text of the last user message: where the directives are. */
  userText: string
  /** Model answers since the last user message: 0 on the first call of a turn, 1 after its first tool results, … */
  round: number
  promptTokens: number
  /** OpenAI sends usage in streams only when asked. */
  wantsUsage: boolean
}

export interface Usage {
  input: number
  cached: number
  output: number
}

export interface ToolCall {
  id: string
  name: string
  args: unknown
}

/** Counts as real tokenisers do on average: four characters a token. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4)
}
