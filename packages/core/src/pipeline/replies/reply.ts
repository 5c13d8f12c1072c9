import type { Component } from '../../platforms/index.ts'

/** Something that is to be said to people. */
export interface Reply {
  /** `llm`: the model says it; `general`: the bot itself does, in commands and errors. */
  by: 'llm' | 'general'
  chain: Component[]
  /** What the model thought before. */
  reasoning: string
}

export function textReply(by: Reply['by'], text: string, reasoning = ''): Reply {
  return { by, chain: [{ type: 'plain', text }], reasoning }
}

/** The number of characters that a chain says. */
export function lengthOf(chain: readonly Component[]): number {
  return chain.reduce((sum, part) => sum + (part.type === 'plain' ? [...part.text].length : 0), 0)
}
