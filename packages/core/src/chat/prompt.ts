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

/** What the model reads of a message: what it refers to, what it says, and what was said around it. */
export function promptText(text: string, { quoted, excerpt, reminder }: Reference): string {
  const own = quoted ? `<quoted_message>\n${quoted}\n</quoted_message>\n${text}` : text
  const whole = excerpt === undefined ? own : `<selected_excerpt>\n${excerpt}\n</selected_excerpt>\n${own}`
  return reminder === undefined ? whole : `${whole}\n${reminder}`
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
