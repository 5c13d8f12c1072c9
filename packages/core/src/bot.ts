import { join } from 'node:path'
import { type Auth, type AuthOptions, createAuth } from './auth/index.ts'
import { Chat } from './chat/index.ts'
import { type Clock, systemClock } from './clock.ts'
import { Configuration } from './config/index.ts'
import { type Conversations, createConversations } from './conversations/index.ts'
import { createFiles, type Files } from './files/index.ts'
import { type Ids, systemIds } from './ids.ts'
import { type Logger, silentLog } from './log.ts'
import { createOrigins } from './origins/index.ts'
import { configuredPersonaId, createPersonas, type Personas } from './personas/index.ts'
import { createPreferences } from './preferences/index.ts'
import { createProjects, type Projects } from './projects/index.ts'
import { type AllProviders, createProviders, createTransport, ProviderRegistry } from './providers/index.ts'
import { createSessions, type Sessions } from './sessions/index.ts'
import { openStore } from './store/index.ts'

/** Where a bot lives and what it runs on. */
export interface AstrBotOptions {
  /** The folder of the configuration and, unless `databaseUrl` is given, of the database. */
  dataDir: string
  /** `postgres://…` in place of the SQLite file `<dataDir>/astrbot.db`. */
  databaseUrl?: string | undefined
  auth?: AuthOptions
  /** Bytes an uploaded file may have; 512 MiB by default. */
  maxFileBytes?: number
  /** Where keys and addresses of model providers are looked up. */
  env?: Record<string, string | undefined>
  clock?: Clock
  ids?: Ids
  log?: Logger
}

/** The whole bot, without a port. */
export interface AstrBot {
  readonly config: Configuration
  readonly auth: Auth
  readonly chat: Chat
  readonly personas: Personas
  readonly conversations: Conversations
  readonly sessions: Sessions
  readonly files: Files
  readonly projects: Projects
  readonly providers: AllProviders
  /** The stored providers and their sources. */
  readonly providerRegistry: ProviderRegistry
  readonly clock: Clock
  readonly ids: Ids
  /** Why the bot cannot serve right now, or null. */
  notReady(): Promise<string | null>
  /** Lets running turns finish for up to `patienceMs`, cuts off the rest (what they said is kept), and closes. */
  stop(patienceMs?: number): Promise<void>
}

/**
 * Opens the data folder, brings the database up to date, repairs what a crash left, and starts.
 *
 * @example
 * const bot = await createAstrBot({ dataDir: 'data', env: process.env })
 * await bot.stop()
 */
export async function createAstrBot(options: AstrBotOptions): Promise<AstrBot> {
  const { dataDir, databaseUrl, clock = systemClock, ids = systemIds, log = silentLog, env = {} } = options
  const store = await openStore(
    databaseUrl ? { url: databaseUrl, clock } : { file: join(dataDir, 'astrbot.db'), clock },
  )
  const preferences = createPreferences(store, clock)
  const ask = createTransport()('')
  const configuration = await Configuration.open({ dataDir, preferences, clock, ids, log, ask }).catch(async error => {
    await store.close()
    throw error
  })
  // Most parts live by the default profile; what a message origin decides asks for the profile of that origin.
  const { main: config, routes } = configuration
  const providers = createProviders({ config, env, log, clock })
  const providerRegistry = new ProviderRegistry({ config: configuration, preferences, env })
  const origins = createOrigins(store, clock)
  const personas = createPersonas(store, clock, ids)
  const conversations = createConversations({ store, preferences, origins, config, clock, ids, log })
  const base = { store, origins, personas, conversations, providers, clock, ids, log }
  const sessions = createSessions({ ...base, preferences, config })
  const files = createFiles({
    store,
    dataDir,
    clock,
    ids,
    log,
    ...(options.maxFileBytes && { maxBytes: options.maxFileBytes }),
  })
  const auth = createAuth({ store, config, clock, ids, ...(options.auth && { options: options.auth }) })
  const wakePrefixes = (umo: string) =>
    configuration
      .profileFor(umo)
      .get()
      .wake_prefix.filter(prefix => typeof prefix === 'string')
  const defaultPersonaId = (umo: string) => configuredPersonaId(configuration.profileFor(umo).get())
  const projects = createProjects({ store, dataDir, clock, ids })
  const chat = new Chat({ ...base, files, projects, sessions, routes, wakePrefixes, defaultPersonaId })
  auth.onRename((from, to) => chat.renameUser(from, to))
  auth.onRename((from, to) => files.renameOwner(from, to))
  auth.onRename((from, to) => projects.renameOwner(from, to))
  await files.start()
  await personas.start()
  await chat.start()
  let stopping = false

  return {
    config: configuration,
    auth,
    chat,
    personas,
    conversations,
    sessions,
    files,
    projects,
    providers,
    providerRegistry,
    clock,
    ids,
    async notReady() {
      if (stopping) return 'shutting down'
      return (await store.answers()) ? null : 'the database does not answer'
    },
    async stop(patienceMs = 10_000) {
      if (stopping) return
      stopping = true
      await chat.stop(patienceMs)
      files.stop()
      await auth.close()
      await store.close()
    },
  }
}
