import type { MessageRow } from './store.ts'
import type { MessagePart } from './types.ts'

/**
 * What the model reads of a message: its texts without a separator, a leading wake prefix taken away, and in front the
 * passage it replies to.
 */
export function promptText(parts: MessagePart[], wakePrefixes: string[], quoted: string | undefined): string {
  const text = parts
    .map(part => (part.type === 'plain' ? part.text : ''))
    .join('')
    .trim()
  const prefix = wakePrefixes.find(candidate => candidate !== '' && text.startsWith(candidate))
  const own = prefix === undefined ? text : text.slice(prefix.length).trim()
  return quoted === undefined || quoted === '' ? own : `<quoted_message>\n${quoted}\n</quoted_message>\n${own}`
}

/** What the model reads of a message in a side thread: first the passage that the thread is about. */
export function excerptPrompt(excerpt: string, prompt: string): string {
  return `<selected_excerpt>\n${excerpt}\n</selected_excerpt>\n${prompt}`
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
