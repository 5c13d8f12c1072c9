import type { LlmMessage } from '../providers/model.ts'

/** Messages for a model that knows no tools: calls are left out, and results are told by the user. */
export function withoutTools(messages: readonly LlmMessage[]): LlmMessage[] {
  return messages.flatMap<LlmMessage>(message => {
    if (message.role === 'tool') return [{ role: 'user', content: `[Tool result] ${message.content}` }]
    if (message.role !== 'assistant' || !message.tool_calls?.length) return [message]
    const { tool_calls: _, ...said } = message
    return said.content ? [said] : []
  })
}
