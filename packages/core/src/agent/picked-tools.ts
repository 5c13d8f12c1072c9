import { isJsonObject } from '../json.ts'
import type { LlmMessage, ModelTool } from '../providers/model.ts'
import type { Tool } from '../tools/index.ts'
import { callModel, type ModelAnswer, type ModelCall } from './model-call.ts'

const instruction =
  'You have chosen the tools that are offered now. Call each of them with the arguments that its parameters ask for, ' +
  'and say nothing else.'
const repair = 'Your last answer called no tool. Call the tools that you have chosen, now, and write no text.'

/** The tools as a model is told them. */
export function modelTools(tools: readonly Tool[]): ModelTool[] {
  return tools.map(({ name, description, parameters }) => ({ name, description, parameters }))
}

/** Names and descriptions alone. */
export function toolOutlines(tools: readonly Tool[]): ModelTool[] {
  return tools.map(({ name, description }) => ({ name, description, parameters: { type: 'object', properties: {} } }))
}

/**
 * Asks again, with the parameters of the tools that a model picked by their outlines.
 * @param onAnswer hears of every request
 * @returns the answer whose calls have arguments; undefined when the ones there are will do
 */
export async function askForArguments(
  picked: ModelAnswer,
  tools: readonly Tool[],
  call: ModelCall,
  onAnswer: (answer: ModelAnswer) => void,
): Promise<ModelAnswer | undefined> {
  const names = new Set(picked.calls.map(({ function: { name } }) => name))
  const chosen = tools.filter(({ name }) => names.has(name))
  if (!chosen.some(hasParameters)) return undefined
  for (const words of [instruction, repair]) {
    const messages = () => withInstruction(call.messages(), words)
    const quiet = { streaming: false, hear: () => {} }
    const answer = await callModel({ ...call, ...quiet, models: [picked.model], messages, tools: modelTools(chosen) })
    onAnswer(answer)
    if (answer.calls.length > 0) return answer
  }
  return undefined
}

function hasParameters({ parameters: { properties } }: Tool): boolean {
  return isJsonObject(properties) && Object.keys(properties).length > 0
}

/** In a system message: what is said in the user's name would take the place of the question. */
function withInstruction(messages: LlmMessage[], content: string): LlmMessage[] {
  const place = messages.findIndex(({ role }) => role !== 'system')
  return messages.toSpliced(place === -1 ? messages.length : place, 0, { role: 'system', content })
}
