import type { MessageRow } from './store.ts'
import type { MessagePart } from './types.ts'

/** What a message says by itself: its texts without a separator. */
export function writtenText(parts: readonly MessagePart[]): string {
  return parts
    .map(part => (part.type === 'plain' ? part.text : ''))
    .join('')
    .trim()
}

/** What a message refers to. */
export interface Reference {
  /** The passage it replies to. */
  quoted?: string | undefined
  /** The passage that its side thread is about. */
  excerpt?: string | undefined
  /** What was said around it, in a group. */
  reminder?: string | undefined
}

/** What a message refers to, as the model reads it, piece by piece. */
export function referenceTexts({ quoted, excerpt, reminder }: Reference): string[] {
  return [
    excerpt === undefined ? '' : `<selected_excerpt>\n${excerpt}\n</selected_excerpt>`,
    quoted ? `<quoted_message>\n${quoted}\n</quoted_message>` : '',
    reminder ?? '',
  ].filter(text => text !== '')
}

/** A message with what it refers to, as one text. */
export function promptText(text: string, reference: Reference): string {
  return [text, ...referenceTexts(reference)].filter(one => one !== '').join('\n')
}

/** The text of a stored message, for quoting it. */
export function storedText(row: MessageRow | undefined): string | undefined {
  return (
    row &&
    storedParts(row)
      .map(part => (part.type === 'plain' ? part.text : ''))
      .join('')
  )
}

/** The parts of a stored message. */
export function storedParts(row: MessageRow | undefined): MessagePart[] {
  const content = row && (JSON.parse(row.content) as { message?: MessagePart[] })
  return content?.message ?? []
}
