import type { Migration } from '../migrate.ts'
import { access } from './0001-access.ts'
import { chat } from './0002-chat.ts'
import { personas } from './0003-personas.ts'
import { sessions } from './0004-sessions.ts'
import { sessionCounts } from './0005-session-counts.ts'
import { files } from './0006-files.ts'
import { projects } from './0007-projects.ts'
import { threads } from './0008-threads.ts'
import { providerStats } from './0009-provider-stats.ts'
import { compaction } from './0010-compaction.ts'

/** Every migration in the order in which they run. Append only: what was released is never changed. */
export const migrations: readonly Migration[] = [
  access,
  chat,
  personas,
  sessions,
  sessionCounts,
  files,
  projects,
  threads,
  providerStats,
  compaction,
]
