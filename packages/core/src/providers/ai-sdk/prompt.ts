import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider'
import { isJsonObject, type JsonObject } from '../../json.ts'
import type { LlmMessage, LlmPart } from '../model.ts'
import type { SignatureMemory } from './replay.ts'

type AssistantMessage = Extract<LlmMessage, { role: 'assistant' }>

/** Our messages as the AI SDK takes them. */
export function toPrompt(messages: readonly LlmMessage[], replay: SignatureMemory): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = []
  const toolNames = new Map<string, string>()
  for (const message of messages) {
    switch (message.role) {
      case 'system':
        prompt.push(
          systemMessage(
            message.content,
            prompt.every(({ role }) => role === 'system'),
          ),
        )
        break
      case 'user':
        prompt.push({ role: 'user', content: userParts(message.content) })
        break
      case 'assistant': {
        for (const {
          id,
          function: { name },
        } of message.tool_calls ?? [])
          toolNames.set(id, name)
        const content = assistantParts(message, replay)
        if (content.length > 0) prompt.push({ role: 'assistant', content })
        break
      }
      case 'tool': {
        const { tool_call_id: toolCallId, content: value } = message
        const toolName = toolNames.get(toolCallId) ?? 'unknown'
        const result: LanguageModelV4ToolResultPart = {
          type: 'tool-result',
          toolCallId,
          toolName,
          output: { type: 'text', value },
        }
        const last = prompt.at(-1)
        // Gemini wants the results of one round in one message.
        if (last?.role === 'tool') last.content.push(result)
        else prompt.push({ role: 'tool', content: [result] })
      }
    }
  }
  return prompt
}

/** Vendors take system messages at the beginning only. The mark lets Anthropic reuse what it read before. */
function systemMessage(content: string, leading: boolean): LanguageModelV4Message {
  if (!leading) return { role: 'user', content: [{ type: 'text', text: content }] }
  return { role: 'system', content, providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } } }
}

function userParts(content: string | LlmPart[]): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return content.map(part => (part.type === 'text' ? { type: 'text', text: part.text } : imagePart(part.image_url.url)))
}

function imagePart(url: string): LanguageModelV4TextPart | LanguageModelV4FilePart {
  const inline = /^data:([^;,]+);base64,(.*)$/s.exec(url)
  if (inline?.[1] && inline[2]) return { type: 'file', mediaType: inline[1], data: { type: 'data', data: inline[2] } }
  if (URL.canParse(url)) return { type: 'file', mediaType: 'image/*', data: { type: 'url', url: new URL(url) } }
  return { type: 'text', text: '[image that cannot be shown]' }
}

function assistantParts(
  message: AssistantMessage,
  replay: SignatureMemory,
): Extract<LanguageModelV4Message, { role: 'assistant' }>['content'] {
  const { content, tool_calls: calls = [] } = message
  return [
    ...(replay.recall(calls[0]?.id ?? '')?.reasoning ?? []),
    ...(content ? [{ type: 'text' as const, text: content }] : []),
    ...calls.map(({ id, function: { name, arguments: args } }) => {
      const providerOptions = replay.recall(id)?.call
      return {
        type: 'tool-call' as const,
        toolCallId: id,
        toolName: name,
        input: toObject(args),
        ...(providerOptions && { providerOptions }),
      }
    }),
  ]
}

/** A model's arguments may be anything; vendors take back objects only. */
function toObject(args: string): JsonObject {
  try {
    const value: unknown = JSON.parse(args)
    return isJsonObject(value) ? value : {}
  } catch {
    return {}
  }
}
