import type { Clock } from '../clock.ts'
import { type CommandRegistry, type FoundCommand, refusal } from '../commands/index.ts'
import type { ConfigSnapshot } from '../config/index.ts'
import type { Logger } from '../log.ts'
import type { InboundMessage } from '../platforms/index.ts'
import type { Preferences } from '../preferences/index.ts'
import type { Sessions } from '../sessions/index.ts'
import { joinsIn } from './groups/active-reply.ts'
import type { HeardPart, Hearing } from './hearing.ts'
import { type Censor, contentSafety } from './stages/content-safety.ts'
import { rateLimit, type Sleep } from './stages/rate-limit.ts'
import { sessionStatus } from './stages/session-status.ts'
import { waking } from './stages/waking.ts'
import { whitelist } from './stages/whitelist.ts'
import { newVisit, passStages, type Stage, type Verdict, type Visit } from './visit.ts'

export interface ReceptionServices {
  /** The profile that a message origin is handled by. */
  profileOf(umo: string): ConfigSnapshot
  sessions: Pick<Sessions, 'rules'>
  preferences: Preferences
  commands: CommandRegistry
  censor: Censor
  hear: Hearing
  clock: Clock
  sleep: Sleep
  /** From 0 to 1. */
  random(): number
  log: Logger
}

/** What is known of a message beside what it says. */
export interface VisitOptions {
  signal: AbortSignal
  /** Where answers go, if not to its origin. */
  replyTo?: string
  /** The profile, if not that of its origin. */
  config?: ConfigSnapshot
  /** Whether the sender may have an administrator's rights; true when absent. */
  mayBeAdmin?: boolean | undefined
}

/** What a message that passed all stages asks for. */
export type Task =
  | { kind: 'command'; found: FoundCommand; refusal: string | undefined }
  | { kind: 'question' }
  | { kind: 'nothing'; because: string }

/** Where every message passes before anybody answers it, from whatever platform it comes. */
export class Reception {
  readonly #services: ReceptionServices
  readonly #stages: readonly Stage[]

  constructor(services: ReceptionServices) {
    const { log, clock, sleep, censor, random } = services
    this.#services = services
    this.#stages = [
      waking(visit => joinsIn(visit, random)),
      whitelist(log),
      sessionStatus,
      rateLimit(clock, sleep),
      contentSafety(censor),
    ]
  }

  /** A message with what its origin goes by. `config` is that of its origin unless given. */
  async visit(
    message: InboundMessage,
    { signal, replyTo = message.umo, config, mayBeAdmin = true }: VisitOptions,
  ): Promise<Visit> {
    const { profileOf, sessions } = this.#services
    const rules = await sessions.rules(message.umo)
    return newVisit(message, { replyTo, config: config ?? profileOf(message.umo), rules, signal, mayBeAdmin })
  }

  /** Lets a message through all stages, or says why not. */
  admit(visit: Visit): Promise<Verdict> {
    return passStages(this.#stages, visit)
  }

  /** Puts what recordings of a message say into its text, and answers the parts that are left. */
  async hear<P extends HeardPart>(visit: Visit, parts: readonly P[]): Promise<readonly P[]> {
    const { said, heard } = await this.#services.hear(visit, parts)
    if (heard.size === 0) return parts
    visit.text = [visit.text, said].filter(text => text !== '').join('\n')
    return parts.filter(part => !heard.has(part))
  }

  /** The command that a message gives. Only a wake prefix makes a word a command. */
  commandOf({ prefixed, text, config }: Visit): FoundCommand | undefined {
    return prefixed && !config.disable_builtin_commands ? this.#services.commands.find(text) : undefined
  }

  /** What a message that passed asks for. A prefix that questions need is taken off its text. */
  async task(visit: Visit): Promise<Task> {
    const { preferences } = this.#services
    const { config, rules } = visit
    const found = this.commandOf(visit)
    if (found) return { kind: 'command', found, refusal: await refusal(preferences, found.command, visit) }
    if (!config.provider_settings.enable) return { kind: 'nothing', because: 'the profile asks no model' }
    if (rules.session_service_config?.llm_enabled === false)
      return { kind: 'nothing', because: 'the session asks no model' }
    if (!takeQuestionPrefix(visit)) return { kind: 'nothing', because: 'it lacks the prefix of questions' }
    return { kind: 'question' }
  }
}

/** Takes the prefix of questions off a text; false when it has to be there and is not. Web chats do without. */
function takeQuestionPrefix(visit: Visit): boolean {
  const { wake_prefix, provider_settings } = visit.config
  // People who set `/ai` mean: after the `/` that wakes the bot.
  const own = wake_prefix.find(
    one => typeof one === 'string' && one !== '' && provider_settings.wake_prefix.startsWith(one),
  )
  const prefix = provider_settings.wake_prefix.slice(typeof own === 'string' ? own.length : 0)
  if (!visit.text.startsWith(prefix)) return visit.message.adapter === 'webchat'
  visit.text = visit.text.slice(prefix.length).trim()
  return true
}
