import { pictureReference } from '../files/index.ts'
import type { LlmMessage, LlmPart } from '../providers/model.ts'
import { type Reference, referenceTexts } from './prompt.ts'
import type { MessagePart } from './types.ts'

type UserContent = Extract<LlmMessage, { role: 'user' }>['content']

const words = { record: 'Audio', video: 'Video', file: 'File' } as const

/** What the model is told of a message: its text, what it refers to, other files by name, pictures by reference. */
export function userContent(text: string, parts: readonly MessagePart[], reference: Reference = {}): UserContent {
  const texts = [text, ...referenceTexts(reference)]
  const pictures: LlmPart[] = []
  for (const part of parts) {
    if (part.type === 'image') {
      pictures.push({ type: 'image_url', image_url: { url: pictureReference(part.attachment_id) } })
    } else if (part.type === 'record' || part.type === 'video' || part.type === 'file') {
      texts.push(`[${words[part.type]}: ${part.filename ?? part.attachment_id}]`)
    }
  }
  const told = texts.filter(one => one !== '').map((one): LlmPart => ({ type: 'text', text: one }))
  if (told.length < 2 && pictures.length === 0) return texts.join('')
  return [...told, ...pictures]
}
