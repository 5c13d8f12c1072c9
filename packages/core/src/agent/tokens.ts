import type { LlmMessage } from '../providers/model.ts'

/**
 * A rough number of tokens: a CJK character counts one, four other characters count one. Errs on the high side for
 * English prose; good enough to keep a conversation inside a model's context.
 */
export function estimateTokens(text: string): number {
  let wide = 0
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x2e80) wide++
  return wide + Math.ceil((text.length - wide) / 4)
}

/** About what vendors count for a picture. */
const imageTokens = 765

/** The same for a whole message, its frame included. */
export function messageTokens(message: LlmMessage): number {
  const { content } = message
  if (typeof content === 'string') return 4 + estimateTokens(content)
  if (content === null) return 4 + estimateTokens(JSON.stringify(message))
  return content.reduce((sum, part) => sum + (part.type === 'text' ? estimateTokens(part.text) : imageTokens), 4)
}
