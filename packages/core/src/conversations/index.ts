export {
  type ConversationQuery,
  type ConversationRef,
  type Conversations,
  type CurrentConversation,
  createConversations,
  type RememberedTurn,
} from './conversations.ts'
export { type ExportedConversation, type ExportFormat, exportText } from './export.ts'
export type { HistoryItem } from './history.ts'
export type { TurnPlace } from './last-turn.ts'
export type { PastTurn, Recalled, Summary } from './recall.ts'
export type { ConversationFilter } from './store.ts'
export { closingRequest, isSynthetic, stopRequest, toolPictureMark } from './synthetic.ts'
