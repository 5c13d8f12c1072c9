import type { LlmMessage } from '../providers/model.ts'

// What the bot says to a model in the user's name. None of it begins a turn.

/** Ends a turn that was stopped. */
export const stopRequest = 'Stop output.'

/** Begins the message that shows what a tool pictured. */
export const toolPictureMark = '[Image from tool '

/** Asks for an end when the steps of a turn are used up. */
export const closingRequest =
  'You have used all the steps of this turn, and no tool is available any more. Tell the person now what you found ' +
  'out and did, what is still open, and how to go on.'

/** Whether a user message came from the bot itself. */
export function isSynthetic({ role, content }: Pick<LlmMessage, 'role'> & { content?: unknown }): boolean {
  if (role !== 'user') return false
  if (content === stopRequest || content === closingRequest) return true
  const first: unknown = Array.isArray(content) ? content[0] : undefined
  if (typeof first !== 'object' || first === null || !('text' in first)) return false
  return typeof first.text === 'string' && first.text.startsWith(toolPictureMark)
}
