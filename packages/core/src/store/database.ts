import type { Kysely } from 'kysely'
import type { ApiKeyTable, TrustedDeviceTable } from '../auth/table.ts'
import type {
  ChatRunEventsTable,
  ChatRunTable,
  MessageHistoryTable,
  PlatformSessionCountTable,
  PlatformSessionTable,
  ThreadTable,
} from '../chat/table.ts'
import type { ConversationMessageTable, ConversationSummaryTable, ConversationTable } from '../conversations/table.ts'
import type { AttachmentTable, MessageAttachmentTable } from '../files/table.ts'
import type { UmoAliasTable } from '../origins/table.ts'
import type { PersonaFolderTable, PersonaTable } from '../personas/table.ts'
import type { PreferenceTable } from '../preferences/table.ts'
import type { ChatProjectTable } from '../projects/table.ts'
import type { SessionGroupMemberTable, SessionGroupTable } from '../sessions/table.ts'
import type { ProviderStatsTable } from '../stats/table.ts'

/** Every table of the database. A domain declares its own in `<domain>/table.ts` and is listed here. */
export interface Database {
  api_keys: ApiKeyTable
  dashboard_trusted_devices: TrustedDeviceTable
  preferences: PreferenceTable
  platform_sessions: PlatformSessionTable
  platform_session_counts: PlatformSessionCountTable
  platform_message_history: MessageHistoryTable
  attachments: AttachmentTable
  message_attachments: MessageAttachmentTable
  chat_projects: ChatProjectTable
  webchat_threads: ThreadTable
  chat_runs: ChatRunTable
  chat_run_events: ChatRunEventsTable
  conversations: ConversationTable
  conversation_messages: ConversationMessageTable
  conversation_summaries: ConversationSummaryTable
  umo_aliases: UmoAliasTable
  personas: PersonaTable
  persona_folders: PersonaFolderTable
  session_groups: SessionGroupTable
  session_group_members: SessionGroupMemberTable
  provider_stats: ProviderStatsTable
}

export type Dialect = 'sqlite' | 'postgres'

/** An open, migrated database. */
export interface Store {
  readonly db: Kysely<Database>
  readonly dialect: Dialect
  /** Whether the database answers right now. */
  answers(): Promise<boolean>
  close(): Promise<void>
}
