import type { Clock } from '../clock.ts'
import { builtInCommands, type CommandCall, type ProviderKind } from '../commands/index.ts'
import type { ConfigSnapshot } from '../config/index.ts'
import type { Conversations } from '../conversations/index.ts'
import type { Files } from '../files/index.ts'
import type { Logger } from '../log.ts'
import type { Origins } from '../origins/index.ts'
import type { Preferences } from '../preferences/index.ts'
import { type AllProviders, chatProviderOf, sleep as realSleep } from '../providers/index.ts'
import { providerChoices, type Sessions } from '../sessions/index.ts'
import type { Stats } from '../stats/index.ts'
import { version } from '../version.ts'
import { chosenSpeech } from './chosen-speech.ts'
import { createHearing } from './hearing.ts'
import { Reception } from './reception.ts'
import { baiduCensor } from './stages/baidu.ts'
import { type Censor, createCensor } from './stages/content-safety.ts'
import type { Sleep } from './stages/rate-limit.ts'

export interface CreateReceptionOptions {
  /** The default profile. */
  config: { get(): ConfigSnapshot }
  profileOf(umo: string): ConfigSnapshot
  preferences: Preferences
  sessions: Sessions
  origins: Origins
  conversations: Conversations
  providers: AllProviders
  files: Pick<Files, 'attachments'>
  stats: Stats
  /** Forgets what members of a group said meanwhile. */
  forgetGroup(umo: string): void
  /** Lets the agent at another place that answers a chat begin anew; false where there is none. */
  forgetRemote(umo: string): Promise<boolean>
  fetch: typeof globalThis.fetch
  clock: Clock
  sleep?: Sleep
  random?: () => number
  log: Logger
}

/** The reception with everything that comes with the bot, and the censor that judges answers too. */
export function createReception(options: CreateReceptionOptions): { reception: Reception; censor: Censor } {
  const { config, providers, stats, fetch, clock, log, sleep = realSleep, random = Math.random } = options
  const choices = (type: ProviderKind) =>
    providerChoices(providers, config.get(), type).map(({ id, model }) => ({ id, model: model ?? null }))
  const inUse = (type: ProviderKind, { visit }: CommandCall) => {
    if (type !== 'chat_completion') return chosenSpeech(config, type, visit)
    const chosen = chatProviderOf(providers, visit.rules.provider_perf_chat_completion, visit.config)
    return chosen ?? providers.list().find(({ isDefault }) => isDefault)?.id
  }
  const commands = builtInCommands({ ...options, version, choices, inUse, usageOf: id => stats.usageOf(id) })
  const censor = createCensor(log, baiduCensor(fetch, clock, log))
  const hear = createHearing({
    ...options,
    providerOf: visit => chosenSpeech(config, 'speech_to_text', visit),
  })
  return { reception: new Reception({ ...options, commands, censor, hear, sleep, random }), censor }
}
