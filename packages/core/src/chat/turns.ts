import { openingMessages } from '../agent/opening.ts'
import { messageTokens } from '../agent/tokens.ts'
import { runAgentTurn, type TurnOutcome } from '../agent/turn.ts'
import type { Clock } from '../clock.ts'
import type { Conversations } from '../conversations/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Files } from '../files/index.ts'
import type { Logger } from '../log.ts'
import type { LlmMessage, Providers } from '../providers/model.ts'
import type { Store } from '../store/index.ts'
import { isoTime } from '../time.ts'
import type { Place } from './place.ts'
import { Recorder } from './recorder.ts'
import type { Run } from './run.ts'
import type { AnswerOptions } from './runs.ts'
import { SessionQueue } from './session-queue.ts'
import { isSilenced, type SettingServices, settingOf, type TurnSetting } from './setting.ts'
import { SightedModel } from './sighted-model.ts'
import { insertMessage, touch } from './store.ts'
import type { Titles } from './titles.ts'
import type { BotContent, ChatEvent, MessagePart } from './types.ts'
import { userContent } from './user-content.ts'

/** What a turn answers, and how. */
export interface TurnRequest extends AnswerOptions {
  run: Run
  place: Place
  prompt: string
  /** What the message consists of; its files join the prompt. */
  parts: readonly MessagePart[]
}

export interface TurnServices extends SettingServices {
  store: Store
  conversations: Conversations
  providers: Providers
  files: Pick<Files, 'attachments'>
  clock: Clock
  log: Logger
  titles: Pick<Titles, 'suggest'>
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
    const leave = await this.#queue.enter(run.info.umo)
    let status: Run['status'] = 'failed'
    try {
      status = run.controller.signal.aborted ? 'stopped' : await this.#answer(request)
    } catch (error) {
      log.error({ err: error, runId: run.info.runId }, 'a turn failed')
      if (!run.isOver) run.publish(errorEvent(new AstrBotError('run_failed'), run.info.runId))
    } finally {
      leave()
      await run.finish(status).catch((error: unknown) => log.error({ err: error }, 'the end of a run was not stored'))
    }
  }

  async #answer(request: TurnRequest): Promise<Run['status']> {
    const { run, place } = request
    const { runId, umo, checkpointId } = run.info
    const { store, conversations, sessions, clock } = this.#services
    const rules = await sessions.rules(umo)
    if (isSilenced(rules)) return 'completed'
    const recorder = new Recorder()
    const publish = (event: ChatEvent) => {
      recorder.add(event)
      run.publish(event)
    }
    publish({ type: 'run_started', data: { run_id: runId }, streaming: false, message_id: runId })
    const userMessage: LlmMessage = { role: 'user', content: userContent(request.prompt, request.parts) }
    const { platformId, name: sessionName } = place
    const { providerId, defaultPrompt = true } = request
    const setting = await settingOf(this.#services, { umo, platformId, sessionName, providerId, defaultPrompt }, rules)
    const outcome = await this.#ask(request, userMessage, setting, publish)

    const interrupted = run.controller.signal.reason instanceof AstrBotError ? run.controller.signal.reason : undefined
    const error = outcome.error ?? interrupted
    const errorText = outcome.errorText
    const answered = outcome.status !== 'stopped' || recorder.hasContent || error !== undefined
    const now = clock.now()
    const id = await store.db.transaction().execute(async transaction => {
      const { messages, usage } = outcome
      const tokenUsage = usage && usage.inputOther + usage.inputCached + usage.output
      await conversations.remember(setting.conversationId, { checkpointId, messages, tokenUsage }, transaction)
      await touch(transaction, place, now)
      return answered
        ? insertMessage(
            transaction,
            botRow(run, place.historyPlatformId, storedContent(recorder, error, errorText), now),
          )
        : undefined
    })
    if (id !== undefined) {
      run.publish({ type: 'message_saved', data: { id, created_at: isoTime(now), llm_checkpoint_id: checkpointId } })
    }
    if (error) run.publish(errorEvent(error, runId, errorText))
    return interrupted ? 'interrupted' : outcome.status
  }

  async #ask(
    request: TurnRequest,
    userMessage: LlmMessage,
    setting: TurnSetting,
    publish: (event: ChatEvent) => void,
  ): Promise<TurnOutcome & { errorText?: string | undefined }> {
    const { run, streaming, model: modelName } = request
    const { providerId, conversationId, character, errorText } = setting
    const { conversations, providers, files, clock, titles } = this.#services
    try {
      const chosen = providers.chatModel({ ...(providerId && { providerId }), ...(modelName && { model: modelName }) })
      const model = new SightedModel(chosen, files, run.info)
      const opening = openingMessages(character)
      const reserve = Math.min(model.contextTokens / 4, 8192)
      const taken = opening.reduce((sum, message) => sum + messageTokens(message), messageTokens(userMessage))
      const remembered = await conversations.recall(conversationId, model.contextTokens - reserve - taken)
      titles.suggest(request.place, chosen, request.prompt)
      const { signal } = run.controller
      const outcome = await runAgentTurn({
        model,
        history: [...opening, ...remembered],
        userMessage,
        streaming,
        signal,
        runId: run.info.runId,
        clock,
        publish,
      })
      return outcome.error ? { ...outcome, errorText } : outcome
    } catch (error) {
      if (!(error instanceof AstrBotError)) throw error
      return { status: 'failed', messages: [userMessage], error }
    }
  }
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
