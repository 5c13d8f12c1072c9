import type { Schemas } from '@astrbot/contract'
import { type HistoryItem, historyText, type StoredMessage } from './history.ts'
import type { ConversationRow } from './store.ts'

type UmoInfo = Schemas['UmoInfo']

/** A conversation in a list; without `messages` its history is not told. */
export function listItem(
  row: ConversationRow,
  umoInfo: UmoInfo,
  messages: readonly StoredMessage[] | undefined,
): Schemas['ConversationListItem'] {
  return {
    platform_id: row.platform_id,
    user_id: row.umo,
    cid: row.conversation_id,
    title: row.title,
    persona_id: row.persona_id,
    token_usage: row.token_usage,
    created_at: seconds(row.created_at),
    updated_at: seconds(row.updated_at),
    umo_info: umoInfo,
    ...(messages && { history: historyText(messages) }),
  }
}

/** A conversation by itself. */
export function conversationView(
  row: ConversationRow,
  umoInfo: UmoInfo,
  messages: readonly StoredMessage[],
): Schemas['Conversation'] {
  return { ...listItem(row, umoInfo, messages), history: historyText(messages) }
}

/** A conversation as exported. */
export function exportView(row: ConversationRow, messages: readonly StoredMessage[]): Schemas['ConversationExport'] {
  return {
    cid: row.conversation_id,
    user_id: row.umo,
    platform_id: row.platform_id,
    title: row.title,
    persona_id: row.persona_id,
    created_at: seconds(row.created_at),
    updated_at: seconds(row.updated_at),
    content: JSON.parse(historyText(messages)) as HistoryItem[],
  }
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}
