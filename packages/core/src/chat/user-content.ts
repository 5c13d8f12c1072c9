import { pictureReference } from '../files/index.ts'
import type { LlmMessage, LlmPart } from '../providers/model.ts'
import type { MessagePart } from './types.ts'

type UserContent = Extract<LlmMessage, { role: 'user' }>['content']

const words = { record: 'Audio', video: 'Video', file: 'File' } as const

/** What the model is told of a message: its text, pictures by reference, other files by name. */
export function userContent(text: string, parts: readonly MessagePart[]): UserContent {
  const lines = text === '' ? [] : [text]
  const pictures: LlmPart[] = []
  for (const part of parts) {
    if (part.type === 'image') {
      pictures.push({ type: 'image_url', image_url: { url: pictureReference(part.attachment_id) } })
    } else if (part.type === 'record' || part.type === 'video' || part.type === 'file') {
      lines.push(`[${words[part.type]}: ${part.filename ?? part.attachment_id}]`)
    }
  }
  const told = lines.join('\n')
  if (pictures.length === 0) return told
  return told === '' ? pictures : [{ type: 'text', text: told }, ...pictures]
}
