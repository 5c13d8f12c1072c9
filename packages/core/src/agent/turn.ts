import type { ChatEvent } from '../chat/types.ts'
import type { Clock } from '../clock.ts'
import { closingRequest, type Summary, stopRequest } from '../conversations/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { ChatModel, LlmMessage, LlmToolCall, TokenUsage } from '../providers/model.ts'
import type { Spent } from '../stats/index.ts'
import type { Toolbox, ToolOutcome } from '../tools/index.ts'
import type { TurnContext } from './context.ts'
import { type CompressionSettings, fit, halve, limitTurns } from './context-guard.ts'
import type { Intake } from './follow-ups.ts'
import { callModel, type ModelAnswer, type ModelCall } from './model-call.ts'
import { paired } from './paired.ts'
import { askForArguments, modelTools, toolOutlines } from './picked-tools.ts'
import { Repeats } from './repeats.ts'
import { TurnStats, totalOf } from './stats.ts'
import { runCalls } from './tool-calls.ts'
import { type Keep, told } from './tool-result.ts'

/** What a turn of the agent came to. */
export interface TurnOutcome {
  status: 'completed' | 'stopped' | 'failed'
  /** What the model is to remember: the user's message and what followed. */
  messages: LlmMessage[]
  error?: AstrBotError
  /** Tokens of the last call of the model; absent when it did not tell. */
  usage?: TokenUsage
  /** Stands in place of the oldest turns from now on; absent when that did not change. */
  summary?: Summary
  /** What the turn took; absent when no model was asked. */
  spent?: Spent
}

/** One turn of the agent: whom it asks, what it may use, and whom it tells. */
export interface AgentTurn {
  /** The model that answers, and those that stand in for it. At least one. */
  models: readonly [ChatModel, ...ChatModel[]]
  context: TurnContext
  toolbox: Toolbox
  settings: {
    maxSteps: number
    toolTimeoutMs: number
    retries: number
    toolSchemaMode: 'full' | 'skills_like'
    bufferTexts: boolean
    compression: CompressionSettings
  }
  /** Writes summaries of long conversations. */
  summariser: ChatModel | undefined
  intake: Intake
  keep: Keep
  streaming: boolean
  signal: AbortSignal
  runId: string
  clock: Clock
  log: Logger
  publish(event: ChatEvent): void
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** Asks the model, carries out the tools it calls, and publishes what it says. Never throws: a failure is an outcome. */
export async function runAgentTurn(turn: AgentTurn): Promise<TurnOutcome> {
  return new TurnInProgress(turn).run()
}

class TurnInProgress {
  readonly #turn: AgentTurn
  readonly #stats: TurnStats
  readonly #repeats = new Repeats()
  /** Everything that was streamed. */
  #text = ''
  #reasoning = ''
  /** What the model says in its current answer. */
  #answer = { text: '', reasoning: '' }
  /** Texts that wait for the final answer. */
  #buffered: string[] = []
  #model: ChatModel

  constructor(turn: AgentTurn) {
    this.#turn = turn
    this.#stats = new TurnStats(turn.clock)
    this.#model = turn.models[0]
  }

  async run(): Promise<TurnOutcome> {
    const { context, streaming, signal, intake } = this.#turn
    limitTurns(context, this.#turn.settings.compression)
    try {
      await this.#steps()
      if (streaming) this.#complete()
      return this.#outcome('completed', context.turn)
    } catch (error) {
      const said = this.#answer.text === '' ? [] : [assistant(this.#answer)]
      const messages = paired(context.turn)
      if (signal.aborted) {
        if (streaming && this.#text + this.#reasoning !== '') this.#complete()
        return this.#outcome('stopped', [...messages, ...(streaming ? said : []), ...stopPair])
      }
      this.#publishStats()
      const known = error instanceof AstrBotError ? error : new AstrBotError('run_failed', {}, {}, { cause: error })
      if (known !== error) this.#turn.log.error({ err: error, runId: this.#turn.runId }, 'the agent failed')
      return { ...this.#outcome('failed', [...messages, ...said]), error: known }
    } finally {
      intake.close()
    }
  }

  async #steps(): Promise<void> {
    const { context, settings, toolbox } = this.#turn
    for (let step = 1; ; step++) {
      const closing = step > settings.maxSteps
      if (closing) context.add({ role: 'user', content: closingRequest })
      const answer = await this.#ask(closing ? [] : toolbox.tools)
      if (answer.calls.length === 0 || closing) {
        this.#answer = { text: '', reasoning: '' }
        context.add(assistant(answer))
        this.#count(answer)
        this.#sayWhole(answer.reasoning, [...this.#buffered, answer.text].join('\n\n'))
        return
      }
      context.add({ ...assistant(answer), content: answer.text || null, tool_calls: answer.calls })
      this.#count(answer)
      if (settings.bufferTexts && !this.#turn.streaming) {
        if (answer.text !== '') this.#buffered.push(answer.text)
        this.#sayWhole(answer.reasoning, '')
      } else this.#sayWhole(answer.reasoning, answer.text)
      this.#answer = { text: '', reasoning: '' }
      if (await this.#useTools(answer.calls)) return
    }
  }

  async #ask(tools: AgentTurn['toolbox']['tools']): Promise<ModelAnswer> {
    const { context, settings, models, summariser, streaming, signal, log, sleep } = this.#turn
    const { contextTokens } = this.#model
    await fit(context, { settings: settings.compression, contextTokens, summariser, signal, log })
    const outlined = settings.toolSchemaMode === 'skills_like'
    const call: ModelCall = {
      // Who has answered goes on: the others have failed in this turn already.
      models: models.slice(Math.max(0, models.indexOf(this.#model))),
      messages: () => context.messages(),
      tools: outlined ? toolOutlines(tools) : modelTools(tools),
      streaming,
      retries: settings.retries,
      signal,
      hear: (kind, piece) => this.#hear(kind, piece),
      shorten: () => halve(context),
      sleep,
    }
    const answer = await callModel(call)
    this.#model = answer.model
    this.#take(answer)
    if (!outlined || answer.calls.length === 0) return answer
    const full = await askForArguments(answer, tools, call, again => this.#take(again))
    return full ? { ...answer, calls: full.calls, usage: full.usage } : answer
  }

  #hear(kind: 'text' | 'reasoning', piece: string): void {
    this.#answer[kind] += piece
    if (!this.#turn.streaming) return
    this.#stats.heard()
    if (kind === 'text') this.#text += piece
    else this.#reasoning += piece
    this.#say(piece, kind === 'text' ? null : 'reasoning', true)
  }

  #take({ usage }: ModelAnswer): void {
    this.#stats.add(usage)
    this.#publishStats()
  }

  #count({ usage }: ModelAnswer): void {
    this.#turn.context.count(totalOf(usage))
  }

  /** Carries out calls; true when the person was answered by them. */
  async #useTools(calls: readonly LlmToolCall[]): Promise<boolean> {
    const { context, toolbox, settings, runId, signal, clock, keep, intake } = this.#turn
    const results: Extract<LlmMessage, { role: 'tool' }>[] = []
    const pictures: LlmMessage[] = []
    let ends = false
    await runCalls(calls, {
      toolbox,
      runId,
      signal,
      clock,
      timeoutMs: settings.toolTimeoutMs,
      say: text => this.#say(text, 'tool_direct_result', true),
      began: ({ id, function: { name, arguments: args } }, at) => {
        this.#say(JSON.stringify({ id, name, args: parsed(args), ts: at / 1000 }), 'tool_call', false)
      },
      ended: async (call, outcome: ToolOutcome, at) => {
        const { id, function: callee } = call
        const result = await told(callee.name, id, outcome, keep)
        const content = [result.text, this.#repeats.note(callee.name, callee.arguments)].filter(Boolean).join('\n\n')
        results.push({ role: 'tool', tool_call_id: id, content })
        pictures.push(...result.pictures)
        ends ||= result.ends
        this.#say(JSON.stringify({ id, ts: at / 1000, result: content }), 'tool_call_result', false)
      },
    })
    const said = intake.take()
    const last = results.at(-1)
    if (last && said.length > 0) last.content += `\n\n${followUpNotice(said)}`
    context.add(...results, ...pictures)
    return ends && said.length === 0
  }

  #publishStats(): void {
    this.#turn.publish({ type: 'agent_stats', data: this.#stats.view() })
  }

  /** Says what was not streamed. */
  #sayWhole(reasoning: string, text: string): void {
    if (this.#turn.streaming) return
    if (reasoning !== '') this.#say(reasoning, 'reasoning', false)
    if (text !== '') this.#say(text, null, false)
  }

  #say(data: string, chainType: string | null, streaming: boolean): void {
    this.#turn.publish({ type: 'plain', data, streaming, chain_type: chainType, message_id: this.#turn.runId })
  }

  #complete(): void {
    const { publish, runId } = this.#turn
    publish({ type: 'complete', data: this.#text, reasoning: this.#reasoning, streaming: true, message_id: runId })
  }

  #outcome(status: TurnOutcome['status'], messages: readonly LlmMessage[]): TurnOutcome {
    const { context, clock } = this.#turn
    const { latest, usage, startedAt, timeToFirstToken } = this.#stats
    const { providerId, model } = this.#model
    return {
      status,
      messages: [...messages],
      ...(latest && totalOf(latest) > 0 && { usage: latest }),
      ...(context.newSummary && { summary: context.newSummary }),
      spent: { providerId, model, usage, startedAt, endedAt: clock.now(), timeToFirstToken },
    }
  }
}

function assistant({ text, reasoning }: { text: string; reasoning: string }) {
  return { role: 'assistant' as const, content: text, ...(reasoning !== '' && { reasoning_content: reasoning }) }
}

/** A stopped turn tells the model that the user stopped it, so that it does not go on by itself. */
const stopPair: LlmMessage[] = [
  { role: 'user', content: stopRequest },
  { role: 'assistant', content: 'Output stopped.' },
]

function followUpNotice(said: readonly string[]): string {
  const lines = said.map((text, i) => `${i + 1}. ${text}`)
  return `[SYSTEM NOTICE] The user has sent more while you were working. Take it into account:\n${lines.join('\n')}`
}

/** The arguments as people read them: an object where they are one. */
function parsed(args: string): unknown {
  try {
    return JSON.parse(args === '' ? '{}' : args)
  } catch {
    return args
  }
}
