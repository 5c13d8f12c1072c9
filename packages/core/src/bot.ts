import { join } from 'node:path'
import { Runners } from './agent/runners/index.ts'
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
import {
  createChatVoice,
  createPipeline,
  createReception,
  GroupContext,
  GroupHistory,
  groupHistoryTool,
  type Pipeline,
} from './pipeline/index.ts'
import { Bots, Im, type PlatformKind, Platforms, platformKinds, webchatKind } from './platforms/index.ts'
import { createPreferences } from './preferences/index.ts'
import { createProjects, type Projects } from './projects/index.ts'
import {
  type AllProviders,
  addressPolicy,
  createModelList,
  createProviders,
  createTransport,
  ModelCatalogue,
  ProviderRegistry,
} from './providers/index.ts'
import { createSessions, type Sessions } from './sessions/index.ts'
import { createStats } from './stats/index.ts'
import { openStore } from './store/index.ts'
import { createMessageSender, createSendMessageTool, createWebSearchTools, Tools } from './tools/index.ts'
import { createVoice, type Voice } from './voice/index.ts'

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
  /** Platforms beside those that come with the bot. */
  platformKinds?: readonly PlatformKind[]
}

/** The whole bot, without a port. */
export interface AstrBot {
  readonly config: Configuration
  readonly auth: Auth
  readonly chat: Chat
  readonly voice: Voice
  readonly personas: Personas
  readonly conversations: Conversations
  readonly sessions: Sessions
  readonly files: Files
  readonly projects: Projects
  readonly providers: AllProviders
  /** What models can call. */
  readonly tools: Tools
  /** The stored providers and their sources. */
  readonly providerRegistry: ProviderRegistry
  /** The connections to messaging platforms that run. */
  readonly platforms: Platforms
  /** What handles the messages of platforms. */
  readonly pipeline: Pipeline
  /** The stored bots. */
  readonly bots: Bots
  /** Messages to people through whichever bot. */
  readonly im: Im
  /** What is known of models by their ids. */
  readonly modelCatalogue: ModelCatalogue
  readonly clock: Clock
  /** When it started, in epoch milliseconds. */
  readonly startedAt: number
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
  const catalogue = new ModelCatalogue()
  const modelList = createModelList({ catalogue, dataDir, config, env, clock, log })
  const providers = createProviders({ config, env, log, clock, catalogue })
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
  const defaultPersonaId = (umo: string) => configuredPersonaId(configuration.profileFor(umo).get())
  const projects = createProjects({ store, dataDir, clock, ids })
  const profileOf = (umo: string) => configuration.profileFor(umo).get()
  const stats = createStats(store, clock)
  const groups = new GroupContext()
  const forgetGroup = (umo: string) => groups.forget(umo)
  const parts = { ...base, config, profileOf, preferences, sessions, files, stats }
  const runners = new Runners({ preferences, env, log, transport: createTransport(addressPolicy(env)) })
  const forgetRemote = (umo: string) => runners.forget(profileOf(umo), umo)
  const { reception, censor } = createReception({ ...parts, forgetGroup, forgetRemote, fetch: ask })
  const tools = new Tools(preferences)
  const chat = new Chat({
    ...base,
    runners,
    files,
    projects,
    sessions,
    routes,
    reception,
    voice: createChatVoice({ ...base, config, files }),
    stats,
    tools,
    defaultPersonaId,
  })
  const platforms = new Platforms({
    config,
    kinds: [...platformKinds(), ...(options.platformKinds ?? [])],
    builtIn: webchatKind({ chat, files, ids }),
    fetch: ask,
    clock,
    ids,
    log,
  })
  const publicFetch = createTransport({ privateAddresses: 'refuse' })('')
  tools.add(groupHistoryTool(store, profileOf))
  tools.add(createSendMessageTool(createMessageSender({ platforms, profileOf, fetch: publicFetch })))
  for (const tool of createWebSearchTools({ profileOf, fetch: publicFetch, ids })) tools.add(tool)
  const pipeline = createPipeline({
    ...parts,
    chat,
    reception,
    outlet: platforms,
    profileIdOf: umo => configuration.profileIdFor(umo),
    profile: id => (configuration.profiles.find(id) ?? config).get(),
    groups,
    history: new GroupHistory({ store, clock, log }),
    dataDir,
    fetch,
    censor,
  })
  platforms.onMessage(message => pipeline.receive(message))
  const bots = new Bots({ config: configuration, platforms, ids, env })
  const im = new Im({ platforms, files, config })
  const voice = createVoice({ chat, providers, sessions, config, profileOf, clock, ids, log })
  auth.onRename((from, to) => chat.renameUser(from, to))
  auth.onRename((from, to) => files.renameOwner(from, to))
  auth.onRename((from, to) => projects.renameOwner(from, to))
  await modelList.start()
  await files.start()
  await personas.start()
  await chat.start()
  await platforms.start()
  let stopping = false

  return {
    config: configuration,
    auth,
    chat,
    voice,
    personas,
    conversations,
    sessions,
    files,
    projects,
    providers,
    tools,
    providerRegistry,
    platforms,
    pipeline,
    bots,
    im,
    modelCatalogue: catalogue,
    clock,
    startedAt: clock.now(),
    ids,
    async notReady() {
      if (stopping) return 'shutting down'
      return (await store.answers()) ? null : 'the database does not answer'
    },
    async stop(patienceMs = 10_000) {
      if (stopping) return
      stopping = true
      platforms.refuseMessages()
      await chat.stop(patienceMs)
      await pipeline.stop(patienceMs)
      await platforms.stop()
      files.stop()
      await modelList.stop()
      await auth.close()
      await store.close()
    },
  }
}
