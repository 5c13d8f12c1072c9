import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Runners } from '../agent/runners/index.ts'
import { systemClock } from '../clock.ts'
import { CommandRegistry } from '../commands/index.ts'
import { ConfigFile, type ConfigSnapshot, Routes } from '../config/index.ts'
import { type Conversations, createConversations } from '../conversations/index.ts'
import { AstrBotError } from '../errors.ts'
import { createFiles, type Files } from '../files/index.ts'
import { systemIds } from '../ids.ts'
import { silentLog } from '../log.ts'
import { createOrigins, type Origins } from '../origins/index.ts'
import { createPersonas, noPersona, type Personas } from '../personas/index.ts'
import { Reception, type Voice } from '../pipeline/index.ts'
import { createPreferences } from '../preferences/index.ts'
import { createProjects, type Projects } from '../projects/index.ts'
import type { ChatModel, LlmMessage, ModelEvent, ModelRequest, Providers } from '../providers/model.ts'
import { createSessions, type Sessions } from '../sessions/index.ts'
import { createStats } from '../stats/index.ts'
import { openStore, type Store } from '../store/index.ts'
import { Tools } from '../tools/index.ts'
import { Chat } from './chat.ts'
import type { Run } from './run.ts'
import { titleInstructions } from './titles.ts'
import type { ChatEvent } from './types.ts'

/** A model whose every answer a test writes itself. */
export class ScriptedModel implements ChatModel {
  readonly providerId = 'scripted'
  readonly model = 'scripted'
  contextTokens = 100_000
  /** What it was asked, titles aside. */
  readonly seen: LlmMessage[][] = []
  /** The chats it was asked to name. */
  readonly named: string[] = []
  /** How it names chats; by default not at all. */
  title: (request: ModelRequest) => AsyncIterable<ModelEvent> = () => say('<None>')
  /** How the next requests are answered; the last one stays. */
  answers: ((request: ModelRequest) => AsyncIterable<ModelEvent>)[] = [() => say('hello')]

  run(request: ModelRequest): AsyncIterable<ModelEvent> {
    const [first, second] = request.messages
    if (first?.role === 'system' && first.content === titleInstructions) {
      this.named.push(String(second?.content))
      return this.title(request)
    }
    this.seen.push(request.messages)
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0]
    if (!answer) throw new Error('the script is empty')
    return answer(request)
  }
}

export const usage = { inputOther: 10, inputCached: 1, output: 2 }

/** Answers word by word. */
export async function* say(...words: string[]): AsyncGenerator<ModelEvent> {
  for (const text of words) yield { type: 'text', text }
  yield { type: 'finish', reason: 'stop', usage }
}

/** Answers a word every few milliseconds until it is stopped. */
export async function* sayForever({ signal }: ModelRequest): AsyncGenerator<ModelEvent> {
  for (let i = 0; ; i++) {
    signal.throwIfAborted()
    yield { type: 'text', text: `w${i} ` }
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

export interface ChatFixture {
  chat: Chat
  model: ScriptedModel
  /** The persona and the provider of chats that name none; none unless a test says otherwise. */
  profile: { personaId: string; providerId: string }
  /** The providers that exist. */
  providerIds: string[]
  /** Speaks answers that are told as a whole; says nothing unless a test says otherwise. */
  voice: Voice
  /** The providers that turns asked for. */
  chosen: (string | undefined)[]
  store: Store
  files: Files
  projects: Projects
  origins: Origins
  personas: Personas
  conversations: Conversations
  sessions: Sessions
  tools: Tools
  /** Opens the same database again, as a process does after a crash. */
  reopen(): Promise<Chat>
  [Symbol.asyncDispose](): Promise<void>
}

/** A profile in which messages reach models as they were written. */
function plainProfile(config: ConfigSnapshot, providerId: string): ConfigSnapshot {
  return {
    ...config,
    provider_settings: { ...config.provider_settings, datetime_system_prompt: false },
    agent_runner: {
      runner_type: 'local',
      config: {
        model: { provider_id: providerId },
        persona: { safety_mode: false },
        compression: { overflow_strategy: 'truncate_by_turns' },
      },
    },
  }
}

/** A chat on a real database with a scripted model. */
export async function chatFixture(databaseUrl?: string): Promise<ChatFixture> {
  const dir = await mkdtemp(join(tmpdir(), 'astrbot-chat-'))
  const model = new ScriptedModel()
  const chosen: (string | undefined)[] = []
  const handle: Pick<ChatFixture, 'providerIds' | 'voice'> = { providerIds: [], voice: async () => undefined }
  const providers: Providers = {
    chatModel(selected) {
      chosen.push(selected?.providerId)
      if (selected?.providerId === 'missing') throw new AstrBotError('selected_provider_not_found', { id: 'missing' })
      return model
    },
    list: () => handle.providerIds.map(id => ({ id, kind: 'k', model: 'm', origin: 'stored', isDefault: false })),
    warmUp() {},
  }
  const stores: Store[] = []
  const profile = { personaId: noPersona, providerId: '' }
  const open = async () => {
    const store = await openStore(databaseUrl ? { url: databaseUrl } : { file: join(dir, 'astrbot.db') })
    stores.push(store)
    const base = { store, clock: systemClock, ids: systemIds, log: silentLog, providers }
    const preferences = createPreferences(store, systemClock)
    const origins = createOrigins(store, systemClock)
    const personas = createPersonas(store, systemClock, systemIds)
    const config = await ConfigFile.open(dir)
    const conversations = createConversations({ ...base, preferences, origins, config })
    const sessions = createSessions({ ...base, preferences, origins, personas, config })
    const routes = await Routes.open(preferences)
    const files = createFiles({ ...base, dataDir: dir })
    await files.attachments.start()
    const projects = createProjects({ ...base, dataDir: dir })
    const parts = { ...base, files, projects, origins, personas, conversations, sessions, routes }
    const reception = new Reception({
      ...base,
      sessions,
      preferences,
      profileOf: () => plainProfile(config.get(), profile.providerId),
      commands: new CommandRegistry(),
      censor: async () => true,
      hear: async () => ({ said: '', heard: new Set() }),
      sleep: async () => {},
      random: () => 1,
    })
    const stats = createStats(store, systemClock)
    const tools = new Tools(preferences)
    const runners = new Runners({ preferences, env: {}, log: silentLog, transport: () => fetch })
    const voice: Voice = (visit, chain) => handle.voice(visit, chain)
    const defaultPersonaId = () => profile.personaId
    const chat = new Chat({ ...parts, runners, reception, voice, stats, tools, defaultPersonaId })
    return { ...parts, tools, chat }
  }
  const first = await open()
  return Object.assign(handle, {
    ...first,
    model,
    profile,
    chosen,
    async reopen() {
      const { chat } = await open()
      await chat.start()
      return chat
    },
    async [Symbol.asyncDispose]() {
      await first.chat.stop(0)
      for (const store of stores) await store.close()
      await rm(dir, { recursive: true, force: true })
    },
  })
}

/** Every event of a run, to its end. */
export async function eventsOf(run: Pick<Run, 'follow'>, after = 0): Promise<ChatEvent[]> {
  const events: ChatEvent[] = []
  for await (const batch of run.follow(after)) events.push(...batch.map(({ event }) => event))
  return events
}

/** The kinds of events in order, repetitions once. */
export function kinds(events: ChatEvent[]): string {
  return events
    .map(event => event.type)
    .filter((type, i, all) => type !== all[i - 1])
    .join(' ')
}
