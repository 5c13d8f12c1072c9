import type { Schemas } from '@astrbot/contract'

export type HistoryItem = Schemas['HistoryItem']

/** A message as it is stored: JSON, with the checkpoint of its turn. */
export interface StoredMessage {
  checkpoint_id: string | null
  message: string
}

/** The messages as the JSON text of a list in which a `_checkpoint` item ends every turn that has one. */
export function historyText(messages: readonly StoredMessage[]): string {
  const items = messages.flatMap(({ checkpoint_id, message }, i) => {
    const item = shown(message)
    if (checkpoint_id === null || messages[i + 1]?.checkpoint_id === checkpoint_id) return [item]
    return [item, JSON.stringify({ role: '_checkpoint', content: { id: checkpoint_id } })]
  })
  return `[${items.join(',')}]`
}

/** A list with `_checkpoint` items as messages. A checkpoint belongs to all messages since the one before. */
export function storedMessages(items: readonly HistoryItem[]): StoredMessage[] {
  const messages: StoredMessage[] = []
  let turn: StoredMessage[] = []
  for (const item of items) {
    if (item.role === '_checkpoint') {
      for (const message of turn) message.checkpoint_id = item.content.id
      turn = []
    } else {
      const message = { checkpoint_id: null, message: JSON.stringify(item) }
      messages.push(message)
      turn.push(message)
    }
  }
  return messages
}

/** Reasoning stands beside the text of an answer here, and is a part of it outside. */
function shown(message: string): string {
  if (!message.includes('"reasoning_content"')) return message
  const { reasoning_content, content, ...item } = JSON.parse(message) as Record<string, unknown>
  if (typeof reasoning_content !== 'string') return message
  const think = { type: 'think', think: reasoning_content, encrypted: null }
  const text = typeof content === 'string' && content !== '' ? [{ type: 'text', text: content }] : []
  return JSON.stringify({ ...item, content: [think, ...text] })
}
