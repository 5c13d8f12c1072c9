import type { Json, JsonObject } from '../../json.ts'
import type { ProviderEntry } from '../entry.ts'
import type { LlmMessage, LlmPart, ModelRequest } from '../model.ts'
import type { Concessions } from '../openai/concessions.ts'
import { imageLeftOut } from '../openai/request-body.ts'
import type { ReplayMemory } from '../replay.ts'

/** Reasoning items as they came, encrypted. */
export type ReasoningMemory = ReplayMemory<JsonObject[]>

/** The body of a call to the Responses API. Nothing is stored at the vendor: every call brings the whole conversation. */
export function responsesBody(
  entry: ProviderEntry,
  model: string,
  request: ModelRequest,
  concessions: Concessions,
  memory: ReasoningMemory,
): JsonObject {
  const { max_tokens: maxTokens, reasoning_effort: effort, ...rest } = entry.extraBody
  const tools = concessions.noTools ? [] : (request.tools ?? [])
  return {
    model,
    input: request.messages.flatMap(message => toItems(message, concessions, memory)),
    store: false,
    stream: request.streaming,
    ...(!concessions.noReasoning && { include: ['reasoning.encrypted_content'] }),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, parameters }) => ({
        type: 'function',
        name,
        description,
        // A schema is JSON by contract.
        parameters: parameters as JsonObject,
        strict: false,
      })),
    }),
    ...(maxTokens !== undefined && { max_output_tokens: maxTokens }),
    ...(effort !== undefined && { reasoning: { effort } }),
    ...rest,
  }
}

function toItems(message: LlmMessage, concessions: Concessions, memory: ReasoningMemory): JsonObject[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.content }]
    case 'user':
      return [{ role: 'user', content: userContent(message.content, !concessions.noImages) }]
    case 'tool':
      return [{ type: 'function_call_output', call_id: message.tool_call_id, output: message.content }]
    case 'assistant': {
      const { content, tool_calls: calls = [] } = message
      const [first] = calls
      const reasoning = first && !concessions.noReasoning ? (memory.recall(first.id) ?? []) : []
      return [
        ...reasoning,
        ...(content ? [{ role: 'assistant', content }] : []),
        ...calls.map(({ id, function: { name, arguments: args } }) => ({
          type: 'function_call',
          call_id: id,
          name,
          arguments: args,
        })),
      ]
    }
  }
}

function userContent(content: string | LlmPart[], keepsImages: boolean): Json {
  if (typeof content === 'string') return content
  return content.map(part => {
    if (part.type === 'text') return { type: 'input_text', text: part.text }
    return keepsImages
      ? { type: 'input_image', image_url: part.image_url.url }
      : { type: 'input_text', text: imageLeftOut.text }
  })
}
