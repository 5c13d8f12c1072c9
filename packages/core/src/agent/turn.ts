import type { AgentStats, ChatEvent } from '../chat/types.ts'
import type { Clock } from '../clock.ts'
import { AstrBotError } from '../errors.ts'
import type { ChatModel, LlmMessage, TokenUsage } from '../providers/model.ts'

/** What a turn of the agent came to. */
export interface TurnOutcome {
  status: 'completed' | 'stopped' | 'failed'
  /** What the model is to remember: the user's message and what followed. */
  messages: LlmMessage[]
  error?: AstrBotError
  /** Tokens of the last call of the model; absent when it did not tell. */
  usage?: TokenUsage
}

/** One turn of the agent: where it reads from and whom it tells. */
export interface AgentTurn {
  model: ChatModel
  history: LlmMessage[]
  userMessage: LlmMessage
  streaming: boolean
  signal: AbortSignal
  runId: string
  clock: Clock
  publish(event: ChatEvent): void
}

/** Asks the model and publishes its answer. Never throws: a failure is an outcome. */
export async function runAgentTurn(turn: AgentTurn): Promise<TurnOutcome> {
  const { model, streaming, signal, runId, clock, publish } = turn
  const started = clock.now()
  let firstToken = 0
  let text = ''
  let reasoning = ''
  let usage: TokenUsage = { inputOther: 0, inputCached: 0, output: 0 }
  const say = (data: string, chainType: string | null) =>
    publish({ type: 'plain', data, streaming, chain_type: chainType, message_id: runId })
  const complete = () => publish({ type: 'complete', data: text, reasoning, streaming: true, message_id: runId })
  const stats = () => publish({ type: 'agent_stats', data: agentStats(usage, started, clock.now(), firstToken) })

  try {
    const messages = [...turn.history, turn.userMessage]
    for await (const event of model.run({ messages, streaming, signal })) {
      signal.throwIfAborted()
      if (event.type === 'finish') usage = event.usage
      if (event.type !== 'text' && event.type !== 'reasoning') continue
      if (streaming && firstToken === 0) firstToken = clock.now()
      if (event.type === 'text') text += event.text
      else reasoning += event.text
      if (streaming) say(event.text, event.type === 'text' ? null : 'reasoning')
    }
    stats()
    if (streaming) complete()
    else {
      if (reasoning !== '') say(reasoning, 'reasoning')
      say(text, null)
    }
    return { status: 'completed', messages: [turn.userMessage, assistant(text, reasoning)], usage }
  } catch (error) {
    if (signal.aborted) {
      if (streaming && firstToken !== 0) complete()
      return { status: 'stopped', messages: [turn.userMessage, ...stoppedMessages(streaming ? text : '', reasoning)] }
    }
    stats()
    const known = error instanceof AstrBotError ? error : new AstrBotError('run_failed', {}, {}, { cause: error })
    const partial = text === '' ? [] : [assistant(text, reasoning)]
    return { status: 'failed', messages: [turn.userMessage, ...partial], error: known }
  }
}

function assistant(text: string, reasoning: string): LlmMessage {
  return { role: 'assistant', content: text, ...(reasoning !== '' && { reasoning_content: reasoning }) }
}

/** A stopped turn tells the model that the user stopped it, so that it does not go on by itself. */
function stoppedMessages(text: string, reasoning: string): LlmMessage[] {
  return [
    ...(text === '' ? [] : [assistant(text, reasoning)]),
    { role: 'user', content: 'Stop output.' },
    { role: 'assistant', content: 'Output stopped.' },
  ]
}

function agentStats(usage: TokenUsage, started: number, ended: number, firstToken: number): AgentStats {
  return {
    token_usage: { input_other: usage.inputOther, input_cached: usage.inputCached, output: usage.output },
    current_context_tokens: usage.inputOther + usage.inputCached,
    start_time: started / 1000,
    end_time: ended / 1000,
    time_to_first_token: firstToken === 0 ? 0 : (firstToken - started) / 1000,
  }
}
