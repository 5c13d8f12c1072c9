import type { LlmMessage } from '../providers/model.ts'

/** Leaves out calls without a result and results without a call: vendors refuse conversations with either. */
export function paired(messages: readonly LlmMessage[]): LlmMessage[] {
  if (!messages.some(({ role }) => role === 'tool') && !messages.some(hasCalls)) return [...messages]
  const kept: LlmMessage[] = []
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i]
    if (!message || message.role === 'tool') continue
    if (message.role !== 'assistant' || !message.tool_calls?.length) {
      kept.push(message)
      continue
    }
    const results = resultsAfter(messages, i)
    const calls = message.tool_calls.filter(({ id }) => results.has(id))
    const { tool_calls: _, ...said } = message
    if (calls.length > 0) kept.push({ ...message, tool_calls: calls })
    else if (message.content) kept.push(said)
    for (const { id } of calls) {
      const result = results.get(id)
      if (result) kept.push(result)
    }
  }
  return kept
}

/** The results that follow a message at once, by the ids of their calls. */
function resultsAfter(messages: readonly LlmMessage[], index: number): Map<string, LlmMessage> {
  const results = new Map<string, LlmMessage>()
  for (const message of messages.slice(index + 1)) {
    if (message.role !== 'tool') break
    results.set(message.tool_call_id, message)
  }
  return results
}

function hasCalls(message: LlmMessage): boolean {
  return message.role === 'assistant' && (message.tool_calls?.length ?? 0) > 0
}
