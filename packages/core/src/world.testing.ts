import { type ManualClock, manualClock, sequentialIds } from '@astrbot/testing'
import { type ConfigSnapshot, defaultConfig } from './config/index.ts'
import { type Conversations, createConversations } from './conversations/index.ts'
import { silentLog } from './log.ts'
import { createOrigins, type Origins } from './origins/index.ts'
import { createPersonas, type Personas } from './personas/index.ts'
import { createPreferences, type Preferences } from './preferences/index.ts'
import { createSessions, type Sessions } from './sessions/index.ts'
import type { Store } from './store/index.ts'

/** What people and models remember, on one store, with a clock and ids that tests know. */
export interface World {
  store: Store
  clock: ManualClock
  preferences: Preferences
  origins: Origins
  personas: Personas
  conversations: Conversations
  sessions: Sessions
}

export interface WorldOptions {
  /** Ids of chat providers. */
  providers?: string[]
  config?: object
}

export function createWorld(store: Store, options: WorldOptions = {}): World {
  const clock = manualClock()
  const ids = sequentialIds()
  const document = { ...structuredClone(defaultConfig), ...options.config } as unknown as ConfigSnapshot
  const config = { get: () => document }
  const list = (options.providers ?? []).map(id => ({ id, kind: 'k', model: `model of ${id}`, isDefault: false }))
  const providers = { list: () => list.map(provider => ({ ...provider, origin: 'stored' as const })) }
  const preferences = createPreferences(store, clock)
  const origins = createOrigins(store, clock)
  const personas = createPersonas(store, clock, ids)
  const base = { store, preferences, origins, config, clock, ids, log: silentLog }
  const conversations = createConversations(base)
  const sessions = createSessions({ ...base, personas, providers })
  return { store, clock, preferences, origins, personas, conversations, sessions }
}
