import type { Schemas } from '@astrbot/contract'
import type { LlmMessage, LlmPart } from '../providers/model.ts'

type Part = Schemas['HistoryPart']
type Content = Schemas['HistoryContent'] | null | undefined
/** A stored message: one that a turn left, or one that a client wrote. */
type Stored = Exclude<Schemas['HistoryItem'], { role: '_checkpoint' }>

/** A stored message as models are told it. */
export function llmMessage(json: string): LlmMessage {
  const item = JSON.parse(json) as Stored
  switch (item.role) {
    case 'system':
      return { role: 'system', content: textOf(item.content) }
    case 'tool':
      return { role: 'tool', tool_call_id: item.tool_call_id ?? '', content: textOf(item.content) }
    case 'user':
      return { role: 'user', content: Array.isArray(item.content) ? item.content.flatMap(userPart) : item.content }
    case 'assistant': {
      const text = textOf(item.content)
      const reasoning = reasoningOf(item.content)
      const calls = item.tool_calls?.map(({ id, function: { name, arguments: args } }) => ({
        id,
        type: 'function' as const,
        function: { name, arguments: args ?? '{}' },
      }))
      return {
        role: 'assistant',
        content: text === '' && calls?.length ? null : text,
        ...(reasoning !== '' && { reasoning_content: reasoning }),
        ...(calls?.length && { tool_calls: calls }),
      }
    }
  }
}

function userPart(part: Part): LlmPart[] {
  if (part.type === 'text') return [{ type: 'text', text: part.text }]
  if (part.type === 'image_url') return [{ type: 'image_url', image_url: { url: part.image_url.url } }]
  return part.type === 'audio_url' ? [{ type: 'text', text: '[Audio]' }] : []
}

function textOf(content: Content): string {
  if (!Array.isArray(content)) return content ?? ''
  return content.map(part => (part.type === 'text' ? part.text : '')).join('')
}

function reasoningOf(content: Content): string {
  if (!Array.isArray(content)) return ''
  return content.map(part => (part.type === 'think' ? part.think : '')).join('')
}
