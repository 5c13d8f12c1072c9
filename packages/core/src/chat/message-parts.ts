import type { Schemas } from '@astrbot/contract'
import { type Attachment, plainName } from '../files/index.ts'
import type { MessagePart } from './types.ts'

type Input = Schemas['ChatInput']
type InputPart = Schemas['ChatInputPart']

const mediaTypes: ReadonlySet<unknown> = new Set(['image', 'record', 'audio', 'video', 'file'])

/** The ids of the files that a message names. */
export function attachmentIds(input: Input | undefined): string[] {
  if (!Array.isArray(input)) return []
  return input.flatMap(part => (mediaTypes.has(part.type) && part.attachment_id ? [part.attachment_id] : []))
}

/**
 * Reads the parts of a message. Lenient as AstrBot is: what has no known kind or no content is left out, and so are files
 * that are not among `attachments`. `text` is another word for `plain`, `audio` for `record`.
 */
export function parseMessage(
  input: Input | undefined,
  attachments: ReadonlyMap<string, Attachment> = new Map(),
): MessagePart[] {
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
      default: {
        const attachment = mediaTypes.has(part.type) ? attachments.get(part.attachment_id ?? '') : undefined
        return attachment ? [mediaPart(part, attachment)] : []
      }
    }
  })
}

/** True when a message says something of its own, not only what it replies to. */
export function hasContent(parts: MessagePart[]): boolean {
  return parts.some(part => part.type !== 'reply')
}

/** The kind of the stored file wins over the one that was named. */
function mediaPart(part: InputPart, { type, attachment_id, filename: ownName, stored_name }: Attachment): MessagePart {
  const filename = plainName(part.filename ?? '') || ownName
  return { type, attachment_id, filename, ...(filename !== stored_name && { stored_filename: stored_name }) }
}
