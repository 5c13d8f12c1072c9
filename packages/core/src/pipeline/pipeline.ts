import type { Chat } from '../chat/index.ts'
import type { Clock } from '../clock.ts'
import type { ConfigSnapshot } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Files } from '../files/index.ts'
import type { Ids } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { Origins } from '../origins/index.ts'
import type { InboundMessage } from '../platforms/index.ts'
import { acknowledgement } from './acknowledgement.ts'
import { askBack, EmptyMentions } from './empty-mention.ts'
import type { GroupContext } from './groups/group-context.ts'
import type { GroupHistory } from './groups/group-history.ts'
import { takeIn } from './intake.ts'
import { isolated } from './isolation.ts'
import type { Reception } from './reception.ts'
import { decorate } from './replies/decorate.ts'
import { deliver } from './replies/deliver.ts'
import type { Outlet } from './replies/outlet.ts'
import { textReply } from './replies/reply.ts'
import { Teller } from './replies/tell.ts'
import type { Voice } from './replies/voice.ts'
import type { Censor } from './stages/content-safety.ts'
import type { Sleep } from './stages/rate-limit.ts'
import type { Visit } from './visit.ts'

export interface PipelineServices {
  chat: Pick<Chat, 'answer'>
  reception: Reception
  outlet: Outlet
  /** The id of the profile of a message origin, and the profile of an id. */
  profileIdOf(umo: string): string
  profile(id: string): ConfigSnapshot
  groups: GroupContext
  history: GroupHistory
  origins: Pick<Origins, 'noteSpeaker'>
  files: Pick<Files, 'attachments' | 'spool'>
  dataDir: string
  fetch: typeof globalThis.fetch
  censor: Censor
  voice: Voice
  clock: Clock
  ids: Ids
  sleep: Sleep
  /** From 0 to 1. */
  random(): number
  log: Logger
}

/** Takes the messages of other platforms, lets them through the stages, has them answered, and sends what is said. */
export class Pipeline {
  readonly #services: PipelineServices
  readonly #emptyMentions: EmptyMentions
  readonly #open = new Set<Promise<void>>()
  readonly #stopped = new AbortController()

  constructor(services: PipelineServices) {
    this.#services = services
    this.#emptyMentions = new EmptyMentions(services.clock)
  }

  /** Handles a message to its end. Never throws: what goes wrong with a message to the bot is told to its sender. */
  async receive(message: InboundMessage): Promise<void> {
    const work = this.#handle(message)
    this.#open.add(work)
    await work.finally(() => this.#open.delete(work))
  }

  /** Resolves once every message that came so far is handled. */
  async settled(): Promise<void> {
    await Promise.all(this.#open)
  }

  /** Waits for what is being said, for a while, and then says no more. */
  async stop(patienceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#stopped.abort(), patienceMs)
    await Promise.all(this.#open)
    clearTimeout(timer)
    this.#stopped.abort()
  }

  async #handle(message: InboundMessage): Promise<void> {
    const { log } = this.#services
    let visit: Visit | undefined
    try {
      visit = await this.#arrive(message)
      await this.#answer(visit)
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      log.error({ err: error, umo: message.umo }, 'a message was not handled')
      const told = error instanceof AstrBotError ? error : new AstrBotError('run_failed')
      if (visit?.addressed) await this.#say(visit, told.message).catch(() => {})
    }
  }

  async #arrive(received: InboundMessage): Promise<Visit> {
    const { reception, profileIdOf, profile, groups, history } = this.#services
    const usualId = profileIdOf(received.umo)
    const message = profile(usualId).platform_settings.unique_session ? isolated(received) : received
    // A route may name either form; the one for the member alone is closer.
    const ownId = profileIdOf(message.umo)
    const config = profile(ownId === 'default' ? usualId : ownId)
    const visit = await reception.visit(message, { replyTo: received.umo, config, signal: this.#stopped.signal })
    groups.note(message, config)
    await history.heard(message, config)
    visit.addressed = this.#emptyMentions.awaits(visit)
    return visit
  }

  async #answer(visit: Visit): Promise<void> {
    const { reception, chat, groups, origins, log } = this.#services
    const { message, config } = visit
    const verdict = await reception.admit(visit)
    if (!verdict.goOn) {
      log.debug({ umo: message.umo, because: verdict.because }, 'a message is not answered')
      if (verdict.reply !== undefined) await this.#say(visit, verdict.reply)
      return
    }
    if (visit.addressed) this.#acknowledge(visit)
    const name = message.group ? message.group.name || message.group.id : message.sender.name || message.sender.id
    await origins.noteSpeaker(message.umo, message.sender.id, name)
    const command = reception.commandOf(visit)
    if (command) groups.drop(message.umo, message)
    if (this.#emptyMentions.isEmpty(visit)) {
      if (!askBack(visit)) return
      if ((await reception.task(visit)).kind !== 'question') return this.#say(visit, '想要问什么呢？😄')
    }
    const files = command ? [] : await takeIn(this.#services, visit)
    const lost = files.flatMap(part => (part.type === 'plain' ? [part.text] : []))
    visit.text = [visit.text, ...lost].filter(text => text !== '').join('\n')
    const parts = await reception.hear(visit, files)
    if (visit.text === '' && visit.quoted === '' && parts.length === 0) return
    const reminder = command ? undefined : groups.take(message.umo, message)
    const { streaming_response, unsupported_streaming_strategy } = config.provider_settings
    const streaming = streaming_response && unsupported_streaming_strategy === 'realtime_segmenting'
    const run = await chat.answer({ visit, parts, reminder, streaming })
    const signal = AbortSignal.any([visit.signal, run.controller.signal])
    await new Teller(this.#services, { ...visit, signal }).follow(run.follow())
  }

  /** Shows the sender that the message was taken, where the profile wants that. Nothing waits for it. */
  #acknowledge({ message, config }: Visit): void {
    const { outlet, random, log } = this.#services
    const emoji = acknowledgement(message.adapter, config, random)
    if (emoji === undefined) return
    outlet.react(message, emoji).catch((error: unknown) => {
      log.warn({ umo: message.umo, error: String(error) }, 'a message could not be acknowledged')
    })
  }

  async #say(visit: Visit, text: string): Promise<void> {
    await deliver(this.#services, visit, await decorate(this.#services, visit, textReply('general', text)))
  }
}
