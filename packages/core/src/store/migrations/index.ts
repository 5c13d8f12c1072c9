import type { Migration } from '../migrate.ts'
import { access } from './0001-access.ts'
import { chat } from './0002-chat.ts'

/** Every migration in the order in which they run. Append only: what was released is never changed. */
export const migrations: readonly Migration[] = [access, chat]
