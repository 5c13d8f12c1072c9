import type { FollowUps } from '../agent/index.ts'
import type { Clock } from '../clock.ts'
import type { Conversations } from '../conversations/index.ts'
import { AstrBotError } from '../errors.ts'
import { linkAttachments } from '../files/index.ts'
import type { Logger } from '../log.ts'
import { askBack, type Reception, type Task, type Visit } from '../pipeline/index.ts'
import type { Providers } from '../providers/model.ts'
import type { Stats } from '../stats/index.ts'
import type { Store } from '../store/index.ts'
import { isoTime } from '../time.ts'
import { agentRun } from './agent-run.ts'
import { type AnswerServices, answer } from './answer.ts'
import { keepsMessages, type Place } from './place.ts'
import { promptText, type Reference, writtenText } from './prompt.ts'
import { Recorder } from './recorder.ts'
import type { Run } from './run.ts'
import type { AnswerOptions } from './runs.ts'
import { SessionQueue } from './session-queue.ts'
import { type SettingServices, settingOf } from './setting.ts'
import { insertMessage, touch } from './store.ts'
import type { BotContent, ChatEvent, MessagePart } from './types.ts'
import { userContent } from './user-content.ts'
import { inboundOf } from './visit-of.ts'
import { WholeAnswer, type WholeAnswerServices } from './whole-answer.ts'

/** What a turn answers, and how. */
export interface TurnRequest extends AnswerOptions, Reference {
  run: Run
  place: Place
  /** What the message consists of; its files join the prompt. */
  parts: readonly MessagePart[]
  /** Whether the sender may have an administrator's rights; true when absent. */
  mayBeAdmin?: boolean | undefined
  /** The message, when it has passed the stages already. */
  visit?: Visit | undefined
  /** The number of the answer, when it takes the place of an earlier one. */
  answerId?: number | undefined
}

export interface TurnServices extends SettingServices, AnswerServices, Pick<WholeAnswerServices, 'voice'> {
  followUps: FollowUps
  store: Store
  conversations: Conversations
  providers: Providers
  reception: Reception
  stats: Pick<Stats, 'record'>
  /** Tells the other turns of a message origin to stop, and answers how many there were. */
  stopOthers(umo: string, runId: string): number
  clock: Clock
  log: Logger
}

/** A message that is let in, with what is left of its parts once recordings were heard. */
interface Arrived {
  visit: Visit
  parts: readonly MessagePart[]
}

/** Carries turns out: those of one message origin one after the other, those of different origins at once. */
export class Turns {
  readonly #services: TurnServices
  readonly #queue = new SessionQueue()

  constructor(services: TurnServices) {
    this.#services = services
  }

  /** Runs a turn to its end. Never throws; whatever happens, the run ends with `end`. */
  async carryOut(request: TurnRequest): Promise<void> {
    const { run } = request
    const { log } = this.#services
    // It stands in line from the beginning, however long it takes to find out what it wants.
    const turn = this.#queue.enter(run.info.umo)
    let status: Run['status'] = 'failed'
    try {
      status = await this.#handle(request, turn)
    } catch (error) {
      log.error({ err: error, runId: run.info.runId }, 'a turn failed')
      if (!run.isOver) run.publish(errorEvent(new AstrBotError('run_failed'), run.info.runId))
    } finally {
      // Commands do not wait until it is their turn, but those behind them do.
      void turn.then(leave => leave())
      await run.finish(status).catch((error: unknown) => log.error({ err: error }, 'the end of a run was not stored'))
    }
  }

  async #handle(request: TurnRequest, turn: Promise<unknown>): Promise<Run['status']> {
    const { signal } = request.run.controller
    const arrived = request.visit ? { visit: request.visit, parts: request.parts } : await this.#admit(request)
    if (!arrived) return signal.aborted ? 'stopped' : 'completed'
    const task = await this.#services.reception.task(arrived.visit)
    if (task.kind === 'command') return this.#obey(request, task, arrived.visit, turn)
    const asks =
      task.kind === 'question' && (saysSomething(arrived) || (arrived.visit.prefixed && askBack(arrived.visit)))
    const target = asks ? await this.#takenBy(request, arrived) : undefined
    if (target !== undefined) {
      const { runId } = request.run.info
      const data = { target_run_id: target }
      request.run.publish({ type: 'follow_up_captured', data, streaming: false, message_id: runId })
      return 'completed'
    }
    await turn
    // What the end of the server cuts off is answered with just that; what a person stops is not answered.
    if (signal.aborted && !(signal.reason instanceof AstrBotError)) return 'stopped'
    return asks ? this.#answer(request, arrived) : 'completed'
  }

  /** The run of the turn before, when it has taken the message in. What brings files along is a turn of its own. */
  async #takenBy(request: TurnRequest, { visit, parts }: Arrived): Promise<string | undefined> {
    const { run } = request
    if (!parts.every(({ type }) => type === 'plain' || type === 'reply')) return undefined
    const text = promptText(visit.text, request)
    const { umo } = run.info
    return this.#services.followUps.offer(umo, visit.message.sender.id, text, run.controller.signal)?.taken
  }

  /** Lets a message through the stages; undefined when it is not answered. */
  async #admit(request: TurnRequest): Promise<Arrived | undefined> {
    const { run, place, parts, quoted, mayBeAdmin } = request
    const { reception, clock } = this.#services
    const message = inboundOf(place, run.info, { text: writtenText(parts), quoted }, clock.now())
    const visit = await reception.visit(message, { signal: run.controller.signal, mayBeAdmin })
    const verdict = await reception.admit(visit)
    if (verdict.goOn) return { visit, parts: await reception.hear(visit, parts) }
    if (verdict.reply !== undefined) await this.#say(request, verdict.reply)
    return undefined
  }

  async #obey(
    request: TurnRequest,
    { found, refusal }: Extract<Task, { kind: 'command' }>,
    visit: Visit,
    turn: Promise<unknown>,
  ): Promise<Run['status']> {
    const { place, run } = request
    const { umo, runId } = run.info
    if (refusal !== undefined) {
      if (visit.config.platform_settings.no_permission_reply) await this.#say(request, refusal)
      return 'completed'
    }
    const turns = {
      stop: () => this.#services.stopOthers(umo, runId),
      alone: <T>(work: () => Promise<T>) => turn.then(work),
    }
    const { command, words } = found
    const said = await command.run({ visit, words, platformId: place.platformId, chatName: place.name, turns })
    for (const text of typeof said === 'string' ? [said] : said) await this.#say(request, text)
    return 'completed'
  }

  /** Says something that the model has nothing to do with. */
  async #say({ run, place, answerId }: TurnRequest, text: string): Promise<void> {
    const { store, clock } = this.#services
    const { runId, checkpointId } = run.info
    run.publish({ type: 'plain', data: text, streaming: false, chain_type: null, message_id: runId })
    if (!keepsMessages(place)) return
    const now = clock.now()
    const row = botRow(run, place.historyPlatformId, { type: 'bot', message: [{ type: 'plain', text }] }, now)
    const id = await store.db.transaction().execute(async transaction => {
      await touch(transaction, place, now)
      return insertMessage(transaction, row, answerId)
    })
    run.publish({ type: 'message_saved', data: { id, created_at: isoTime(now), llm_checkpoint_id: checkpointId } })
  }

  async #answer(request: TurnRequest, { visit, parts }: Arrived): Promise<Run['status']> {
    const { run, place } = request
    const { runId, umo, checkpointId } = run.info
    const { store, conversations, stats, clock } = this.#services
    const recorder = new Recorder()
    const publish = (event: ChatEvent) => {
      recorder.add(event)
      run.publish(event)
    }
    publish({ type: 'run_started', data: { run_id: runId }, streaming: false, message_id: runId })
    const prompt = promptText(visit.text, request)
    const userMessage = { role: 'user' as const, content: userContent(visit.text, parts, request) }
    const { platformId, name: sessionName } = place
    const onWebchat = place.kind !== 'platform'
    const { providerId, defaultPrompt = onWebchat } = request
    const wanted = { umo, platformId, sessionName, profile: visit.config, providerId, onWebchat, defaultPrompt }
    const setting = await settingOf(this.#services, wanted, visit.rules)
    const whole =
      keepsMessages(place) && !request.streaming ? new WholeAnswer(this.#services, { run, visit }, publish) : undefined
    const tell = whole ? (event: ChatEvent) => whole.take(event) : publish
    const question = { ...request, visit, prompt, userMessage, setting, publish: tell }
    // Nothing may be told any more when the run has ended, for whatever reason.
    const outcome = await answer(this.#services, question).finally(() => whole?.told())

    const { reason } = run.controller.signal
    // An answer that is whole was not cut off, though it may not have been spoken to its end.
    const interrupted = outcome.status !== 'completed' && reason instanceof AstrBotError ? reason : undefined
    const error = outcome.error ?? interrupted
    const errorText = outcome.errorText
    const answered =
      keepsMessages(place) && (outcome.status !== 'stopped' || recorder.hasContent || error !== undefined)
    const now = clock.now()
    const content = storedContent(recorder, error, errorText)
    const id = await store.db.transaction().execute(async transaction => {
      const { messages, usage } = outcome
      const tokenUsage = usage && usage.inputOther + usage.inputCached + usage.output
      const { conversationId, version } = setting
      const remembered = { checkpointId, messages, tokenUsage, summary: outcome.summary, version }
      await conversations.remember(conversationId, remembered, transaction)
      await touch(transaction, place, now)
      const spent = agentRun(umo, setting.conversationId, outcome)
      if (spent) await stats.record(spent, transaction)
      const row = botRow(run, place.historyPlatformId, content, now)
      if (!answered) return undefined
      const rowId = await insertMessage(transaction, row, request.answerId)
      await linkAttachments(transaction, rowId, outcome.attachmentIds ?? [])
      return rowId
    })
    if (id !== undefined) {
      const { refs } = content
      const saved = { id, created_at: isoTime(now), llm_checkpoint_id: checkpointId, ...(refs && { refs }) }
      run.publish({ type: 'message_saved', data: saved })
    }
    if (error) run.publish(errorEvent(error, runId, errorText))
    return interrupted ? 'interrupted' : outcome.status
  }
}

/** Whether there is anything to answer but a call of the bot. */
function saysSomething({ visit, parts }: Arrived): boolean {
  return visit.text !== '' || visit.quoted !== '' || parts.some(({ type }) => type !== 'plain')
}

/** The event that tells a turn's failure, in the words of `text` where given. */
export function errorEvent(error: AstrBotError, runId: string, text: string = error.message): ChatEvent {
  const cause = error.data['cause']
  return {
    type: 'error',
    data: text,
    code: error.code,
    ...(typeof cause === 'string' && { cause }),
    message_id: runId,
  }
}

/** What is stored of a turn: its parts, and when it broke, why. An answer never stays empty without a word. */
export function storedContent(
  recorder: Recorder,
  error: AstrBotError | undefined,
  text: string | undefined = error?.message,
): BotContent {
  const content = recorder.content()
  if (!error) return content
  const cause = error.data['cause']
  const message =
    content.message.length > 0 ? content.message : [{ type: 'plain' as const, text: text ?? error.message }]
  return {
    ...content,
    message,
    error: { code: error.code, message: text ?? error.message, ...(typeof cause === 'string' && { cause }) },
  }
}

/** The row of a bot message. */
export function botRow(run: { info: Run['info'] }, platformId: string, content: BotContent, now: number) {
  return {
    platform_id: platformId,
    user_id: run.info.sessionId,
    sender_id: 'bot',
    sender_name: 'bot',
    content: JSON.stringify(content),
    llm_checkpoint_id: run.info.checkpointId,
    created_at: now,
    updated_at: now,
  }
}
