import { estimateTokens } from '../agent/tokens.ts'
import { runAgentTurn, type TurnOutcome } from '../agent/turn.ts'
import type { Clock } from '../clock.ts'
import type { Conversations } from '../conversations/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { LlmMessage, Providers } from '../providers/model.ts'
import type { Store } from '../store/index.ts'
import { isoTime } from '../time.ts'
import { Recorder } from './recorder.ts'
import type { Run } from './run.ts'
import { SessionQueue } from './session-queue.ts'
import { insertMessage, touchSession } from './store.ts'
import type { BotContent, ChatEvent } from './types.ts'

/** What a turn answers, and how. */
export interface TurnRequest {
  run: Run
  platformId: string
  prompt: string
  streaming: boolean
  providerId?: string
  model?: string
}

export interface TurnServices {
  store: Store
  conversations: Conversations
  providers: Providers
  clock: Clock
  log: Logger
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
    const { run } = request
    const { runId, umo, checkpointId, sessionId } = run.info
    const { store, conversations, clock } = this.#services
    const recorder = new Recorder()
    const publish = (event: ChatEvent) => {
      recorder.add(event)
      run.publish(event)
    }
    publish({ type: 'run_started', data: { run_id: runId }, streaming: false, message_id: runId })
    const userMessage: LlmMessage = { role: 'user', content: request.prompt }
    const conversationId = await conversations.current(umo, request.platformId)
    const outcome = await this.#ask(request, userMessage, conversationId, publish)

    const interrupted = run.controller.signal.reason instanceof AstrBotError ? run.controller.signal.reason : undefined
    const error = outcome.error ?? interrupted
    const answered = outcome.status !== 'stopped' || recorder.hasContent || error !== undefined
    const now = clock.now()
    const id = await store.db.transaction().execute(async transaction => {
      await conversations.remember(conversationId, checkpointId, outcome.messages, transaction)
      await touchSession(transaction, sessionId, now)
      return answered
        ? insertMessage(transaction, botRow(run, request.platformId, storedContent(recorder, error), now))
        : undefined
    })
    if (id !== undefined) {
      run.publish({ type: 'message_saved', data: { id, created_at: isoTime(now), llm_checkpoint_id: checkpointId } })
    }
    if (error) run.publish(errorEvent(error, runId))
    return interrupted ? 'interrupted' : outcome.status
  }

  async #ask(
    request: TurnRequest,
    userMessage: LlmMessage,
    conversationId: string,
    publish: (event: ChatEvent) => void,
  ): Promise<TurnOutcome> {
    const { run, streaming, providerId, model: modelName } = request
    const { conversations, providers, clock } = this.#services
    try {
      const model = providers.chatModel({ ...(providerId && { providerId }), ...(modelName && { model: modelName }) })
      const reserve = Math.min(model.contextTokens / 4, 8192)
      const history = await conversations.recall(
        conversationId,
        model.contextTokens - reserve - estimateTokens(request.prompt),
      )
      const { signal } = run.controller
      return await runAgentTurn({
        model,
        history,
        userMessage,
        streaming,
        signal,
        runId: run.info.runId,
        clock,
        publish,
      })
    } catch (error) {
      if (!(error instanceof AstrBotError)) throw error
      return { status: 'failed', messages: [userMessage], error }
    }
  }
}

/** The event that tells a turn's failure. */
export function errorEvent(error: AstrBotError, runId: string): ChatEvent {
  const cause = error.data['cause']
  return {
    type: 'error',
    data: error.message,
    code: error.code,
    ...(typeof cause === 'string' && { cause }),
    message_id: runId,
  }
}

/** What is stored of a turn: its parts, and when it broke, why. An answer never stays empty without a word. */
export function storedContent(recorder: Recorder, error: AstrBotError | undefined): BotContent {
  const content = recorder.content()
  if (!error) return content
  const cause = error.data['cause']
  const message = content.message.length > 0 ? content.message : [{ type: 'plain' as const, text: error.message }]
  return {
    ...content,
    message,
    error: { code: error.code, message: error.message, ...(typeof cause === 'string' && { cause }) },
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
