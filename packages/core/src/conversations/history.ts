import type { Schemas } from '@astrbot/contract'
import type { LlmMessage } from '../providers/model.ts'

export type HistoryItem = Schemas['HistoryItem']

/** A message as it is stored: JSON, with the checkpoint of its turn. */
export interface StoredMessage {
  checkpoint_id: string | null
  message: string
}

/** The messages as the JSON text of a list in which a `_checkpoint` item ends every turn that has one. */
export function historyText(messages: readonly StoredMessage[]): string {
  const items = messages.flatMap(({ checkpoint_id, message }, i) => {
    if (checkpoint_id === null || messages[i + 1]?.checkpoint_id === checkpoint_id) return [message]
    return [message, JSON.stringify({ role: '_checkpoint', content: { id: checkpoint_id } })]
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

/** A message of a turn as it is stored. What the model thought and said are parts of one answer there. */
export function turnMessage(message: LlmMessage): string {
  if (message.role !== 'assistant') return JSON.stringify(message)
  const { reasoning_content: think, content: text, ...answer } = message
  const parts = [
    ...(think ? [{ type: 'think', think, encrypted: null }] : []),
    ...(text ? [{ type: 'text', text }] : []),
  ]
  return JSON.stringify({ ...answer, content: parts.length > 0 || !answer.tool_calls ? parts : null })
}
