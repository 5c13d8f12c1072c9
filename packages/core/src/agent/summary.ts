import type { PastTurn } from '../conversations/index.ts'
import type { ChatModel, LlmMessage } from '../providers/model.ts'
import { estimateTokens } from './tokens.ts'

const longestResult = 2000
/** Of the summarising model's input; the rest is for its instructions and its answer. */
const shareOfInput = 0.7

const ownInstruction =
  'Summarise this conversation between a user and an assistant for the assistant, who goes on with it and will see ' +
  'nothing else of it. Keep: what the user wants and prefers, facts, names, numbers, decisions, results of tools, and ' +
  'what is still open. Leave out greetings and detours. Write in the language of the conversation.'

/**
 * A summary of turns, which takes up the one of earlier turns. Empty when the model says nothing.
 * @param instruction how to summarise; empty for our own words
 * @throws whatever the model fails with
 */
export async function summaryOf(
  model: ChatModel,
  instruction: string,
  earlier: string | undefined,
  turns: readonly PastTurn[],
  signal: AbortSignal,
): Promise<string> {
  const before = earlier === undefined ? '' : `<earlier_summary>\n${earlier}\n</earlier_summary>\n`
  const lines = turns.flatMap(({ messages }) => messages.flatMap(lineOf))
  const room = model.contextTokens * shareOfInput - estimateTokens(before)
  const messages: LlmMessage[] = [
    { role: 'system', content: instruction.trim() || ownInstruction },
    { role: 'user', content: `${before}<conversation>\n${latest(lines, room).join('\n')}\n</conversation>` },
  ]
  let answer = ''
  for await (const event of model.run({ messages, streaming: false, signal })) {
    if (event.type === 'text') answer += event.text
  }
  return answer.trim()
}

/** The last lines that fit. */
function latest(lines: readonly string[], room: number): readonly string[] {
  let spent = 0
  for (let i = lines.length - 1; i >= 0; i--) {
    spent += estimateTokens(lines[i] ?? '') + 1
    if (spent > room) return lines.slice(i + 1)
  }
  return lines
}

function lineOf(message: LlmMessage): string[] {
  switch (message.role) {
    case 'system':
      return []
    case 'user':
      return [`User: ${textOf(message.content)}`]
    case 'tool':
      return [`Tool result: ${message.content.slice(0, longestResult)}`]
    case 'assistant': {
      const calls = (message.tool_calls ?? []).map(
        ({ function: { name, arguments: args } }) => `Assistant calls ${name} ${args.slice(0, longestResult)}`,
      )
      return message.content ? [`Assistant: ${message.content}`, ...calls] : calls
    }
  }
}

function textOf(content: Extract<LlmMessage, { role: 'user' }>['content']): string {
  if (typeof content === 'string') return content
  return content.map(part => (part.type === 'text' ? part.text : '[Image]')).join('\n')
}
