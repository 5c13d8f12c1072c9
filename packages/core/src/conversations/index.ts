export {
  type ConversationQuery,
  type ConversationRef,
  type Conversations,
  createConversations,
  type RememberedTurn,
} from './conversations.ts'
export { type ExportedConversation, type ExportFormat, exportText } from './export.ts'
export type { HistoryItem } from './history.ts'
export type { TurnPlace } from './last-turn.ts'
export type { ConversationFilter } from './store.ts'
