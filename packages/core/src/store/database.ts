import type { Kysely } from 'kysely'
import type { ApiKeyTable, TrustedDeviceTable } from '../auth/table.ts'
import type { ChatRunEventsTable, ChatRunTable, MessageHistoryTable, PlatformSessionTable } from '../chat/table.ts'
import type { ConversationMessageTable, ConversationTable } from '../conversations/table.ts'
import type { PreferenceTable } from '../preferences/table.ts'

/** Every table of the database. A domain declares its own in `<domain>/table.ts` and is listed here. */
export interface Database {
  api_keys: ApiKeyTable
  dashboard_trusted_devices: TrustedDeviceTable
  preferences: PreferenceTable
  platform_sessions: PlatformSessionTable
  platform_message_history: MessageHistoryTable
  chat_runs: ChatRunTable
  chat_run_events: ChatRunEventsTable
  conversations: ConversationTable
  conversation_messages: ConversationMessageTable
}

export type Dialect = 'sqlite' | 'postgres'

/** An open, migrated database. */
export interface Store {
  readonly db: Kysely<Database>
  readonly dialect: Dialect
  close(): Promise<void>
}
