import type { Schemas } from '@astrbot/contract'
import type { MessagePart } from './types.ts'

type Input = Schemas['ChatInput']

/**
 * Reads the parts of a message. Lenient as AstrBot is: what has no known kind or no content is left out.
 * `text` is another word for `plain`.
 */
export function parseMessage(input: Input | undefined): MessagePart[] {
  if (input === undefined) return []
  if (typeof input === 'string') {
    const text = input.trim()
    return text === '' ? [] : [{ type: 'plain', text }]
  }
  return input.flatMap<MessagePart>(part => {
    switch (part.type) {
      case 'plain':
      case 'text':
        return part.text ? [{ type: 'plain', text: part.text }] : []
      case 'reply':
        return part.message_id === undefined || part.message_id === null
          ? []
          : [{ type: 'reply', message_id: part.message_id, selected_text: part.selected_text ?? '' }]
      default:
        return []
    }
  })
}

/** True when a message says something of its own, not only what it replies to. */
export function hasContent(parts: MessagePart[]): boolean {
  return parts.some(part => part.type !== 'reply')
}
