import type { Runners } from '../agent/runners/index.ts'
import type { Clock } from '../clock.ts'
import type { Routes } from '../config/index.ts'
import type { Conversations } from '../conversations/index.ts'
import type { Files } from '../files/index.ts'
import type { Ids } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { Origins } from '../origins/index.ts'
import type { Personas } from '../personas/index.ts'
import type { Reception, Voice } from '../pipeline/index.ts'
import type { Providers } from '../providers/model.ts'
import type { Sessions } from '../sessions/index.ts'
import type { Stats } from '../stats/index.ts'
import type { Store } from '../store/index.ts'
import type { Tools } from '../tools/index.ts'
import type { ProjectReferences } from './project-sessions.ts'

/** What chats need of the other parts of the bot. */
export interface ChatServices {
  store: Store
  conversations: Conversations
  origins: Pick<Origins, 'noteSpeaker' | 'renameOrigins'>
  personas: Pick<Personas, 'find'>
  sessions: Pick<Sessions, 'rules' | 'forget'> & { groups: Pick<Sessions['groups'], 'renameOrigins'> }
  files: Pick<Files, 'attachments' | 'spool'>
  tools: Pick<Tools, 'offered'>
  projects: ProjectReferences
  providers: Providers
  /** Agents at other places, which answer where a profile says so. */
  runners: Pick<Runners, 'of' | 'memory' | 'keepConversation'>
  clock: Clock
  ids: Ids
  log: Logger
  /** Which session uses which configuration profile. */
  routes: Pick<Routes, 'setOrigin' | 'removeOrigin' | 'renameOrigins'>
  /** Where every message passes first. */
  reception: Reception
  /** Speaks answers where a profile says so; its recordings are files that are taken away. */
  voice: Voice
  stats: Pick<Stats, 'record'>
  /** The persona of chats that name none, from the configuration; empty for none. */
  defaultPersonaId(umo: string): string
}
