import type { JsonObject } from '../../json.ts'
import type { ProviderEntry } from '../entry.ts'
import type { LlmMessage, LlmPart, ModelRequest, ModelTool } from '../model.ts'
import type { Concessions } from './concessions.ts'

/** The body of a chat completions call. */
export function requestBody(
  entry: ProviderEntry,
  model: string,
  request: ModelRequest,
  concessions: Concessions,
): JsonObject {
  const { messages, streaming } = request
  const tools = concessions.noTools ? [] : (request.tools ?? [])
  const turn = messages.findLastIndex(message => message.role === 'user')
  const keepsReasoning = (index: number) => index > turn && !concessions.noReasoning
  return {
    model,
    messages: messages.map((message, index) => toMessage(message, keepsReasoning(index), !concessions.noImages)),
    ...(tools.length > 0 && { tools: tools.map(toTool) }),
    stream: streaming,
    ...(streaming && !concessions.noStreamOptions && { stream_options: { include_usage: true } }),
    ...(entry.options.ollama_disable_thinking === true && { reasoning_effort: 'none' }),
    ...(tools.length > 0 && concessions.toolsWithoutEffort && { reasoning_effort: 'none' }),
    ...(entry.options.xai_native_search === true && { search_parameters: { mode: 'auto' } }),
    ...entry.extraBody,
    ...(tools.length > 0 && concessions.toolsWithoutEffort && { reasoning_effort: 'none' }),
  }
}

/**
 * Only what the API knows: conversations keep more. Reasoning is sent back within a turn, where models that think
 * between tool calls ask for it; the reasoning of earlier turns is refused by some and used by none.
 */
function toMessage(message: LlmMessage, keepsReasoning: boolean, keepsImages: boolean): JsonObject {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content }
    case 'user':
      return {
        role: 'user',
        content:
          typeof message.content === 'string'
            ? message.content
            : message.content.map(part => toPart(part, keepsImages)),
      }
    case 'tool':
      return { role: 'tool', tool_call_id: message.tool_call_id, content: message.content }
    case 'assistant': {
      const { content, reasoning_content, tool_calls = [] } = message
      return {
        role: 'assistant',
        content: content || (tool_calls.length > 0 ? null : ''),
        ...(keepsReasoning && reasoning_content && { reasoning_content }),
        ...(tool_calls.length > 0 && {
          tool_calls: tool_calls.map(call => ({
            id: call.id,
            type: 'function',
            function: { name: call.function.name, arguments: call.function.arguments },
          })),
        }),
      }
    }
  }
}

function toPart(part: LlmPart, keepsImages: boolean): JsonObject {
  if (part.type === 'text') return { type: 'text', text: part.text }
  return keepsImages ? { type: 'image_url', image_url: { url: part.image_url.url } } : imageLeftOut
}

/** Stands for a picture that the model cannot be shown. */
export const imageLeftOut: JsonObject & { text: string } = { type: 'text', text: '[image that cannot be shown]' }

function toTool({ name, description, parameters }: ModelTool): JsonObject {
  // A schema is JSON by contract.
  return { type: 'function', function: { name, description, parameters: parameters as JsonObject } }
}
