import { join } from 'node:path'
import { sql } from 'kysely'
import { type Auth, type AuthOptions, createAuth } from './auth/index.ts'
import { Chat } from './chat/index.ts'
import { type Clock, systemClock } from './clock.ts'
import { ConfigFile } from './config/index.ts'
import { createConversations } from './conversations/index.ts'
import { type Ids, systemIds } from './ids.ts'
import { type Logger, silentLog } from './log.ts'
import { createPreferences } from './preferences/index.ts'
import { createProviders, type Providers } from './providers/index.ts'
import { openStore, type Store } from './store/index.ts'

/** Where a bot lives and what it runs on. */
export interface AstrBotOptions {
  /** The folder of the configuration and, unless `databaseUrl` is given, of the database. */
  dataDir: string
  /** `postgres://…` in place of the SQLite file `<dataDir>/astrbot.db`. */
  databaseUrl?: string | undefined
  auth?: AuthOptions
  /** Where keys and addresses of model providers are looked up. */
  env?: Record<string, string | undefined>
  clock?: Clock
  ids?: Ids
  log?: Logger
}

/** The whole bot, without a port. */
export interface AstrBot {
  readonly config: ConfigFile
  readonly auth: Auth
  readonly chat: Chat
  readonly providers: Providers
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
  const config = await ConfigFile.open(dataDir)
  const store = await openStore(
    databaseUrl ? { url: databaseUrl, clock } : { file: join(dataDir, 'astrbot.db'), clock },
  )
  const preferences = createPreferences(store, clock)
  const providers = createProviders({ config, env, log, clock })
  const conversations = createConversations(store, preferences, clock, ids)
  const auth = createAuth({ store, config, clock, ids, ...(options.auth && { options: options.auth }) })
  const wakePrefixes = () => config.get().wake_prefix.filter(prefix => typeof prefix === 'string')
  const chat = new Chat({ store, conversations, providers, clock, ids, log, wakePrefixes })
  auth.onRename((from, to) => chat.renameUser(from, to))
  await chat.start()
  let stopping = false

  return {
    config,
    auth,
    chat,
    providers,
    clock,
    ids,
    notReady: async () => (stopping ? 'shutting down' : await databaseProblem(store)),
    async stop(patienceMs = 10_000) {
      if (stopping) return
      stopping = true
      await chat.stop(patienceMs)
      await auth.close()
      await store.close()
    },
  }
}

async function databaseProblem({ db }: Store): Promise<string | null> {
  try {
    await sql`select 1`.execute(db)
    return null
  } catch {
    return 'the database does not answer'
  }
}
