import { AstrBotError } from '../errors.ts'
import type { ChatModel, LlmMessage, LlmToolCall, ModelTool, TokenUsage } from '../providers/model.ts'
import { withoutTools } from './without-tools.ts'

const emptyAttempts = 3
const firstEmptyWaitMs = 1000

/** What a model said. */
export interface ModelAnswer {
  model: ChatModel
  text: string
  reasoning: string
  calls: LlmToolCall[]
  usage: TokenUsage
}

/** One request, to the first model that answers it. */
export interface ModelCall {
  /** Those after the first stand in for it. */
  models: readonly ChatModel[]
  /** Asked for again whenever something was left out. */
  messages(): LlmMessage[]
  tools: ModelTool[]
  streaming: boolean
  /** How often each model is asked again after a failure in passing. */
  retries: number
  signal: AbortSignal
  /** Every piece of text and reasoning as it comes; what was said cannot be taken back, so no other model is asked then. */
  hear(kind: 'text' | 'reasoning', piece: string): void
  /** Leaves out some of what is told; false when nothing can be left out. */
  shorten(): boolean
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/**
 * Asks, and reads the answer to its end.
 * @throws the failure of the last model, or the reason of the signal when that is aborted
 */
export async function callModel(call: ModelCall): Promise<ModelAnswer> {
  const { signal, models } = call
  let failure: unknown = new AstrBotError('no_chat_provider')
  for (const model of models) {
    for (let attempt = 1; ; attempt++) {
      const heard = { any: false }
      try {
        return await ask(model, call, heard)
      } catch (error) {
        signal.throwIfAborted()
        if (heard.any) throw error
        failure = error
        const code = error instanceof AstrBotError ? error.code : undefined
        if (code === 'context_too_long' && call.shorten()) continue
        if (code !== 'provider_empty_answer' || attempt >= emptyAttempts) break
        await call.sleep(firstEmptyWaitMs * 2 ** (attempt - 1), signal)
      }
    }
  }
  throw failure
}

async function ask(model: ChatModel, call: ModelCall, heard: { any: boolean }): Promise<ModelAnswer> {
  const { streaming, retries, signal, hear } = call
  const { modalities = [] } = model
  const takesTools = modalities.length === 0 || modalities.includes('tool_use')
  const messages = takesTools ? call.messages() : withoutTools(call.messages())
  const tools = takesTools && call.tools.length > 0 && { tools: call.tools }
  const answer: ModelAnswer = { model, text: '', reasoning: '', calls: [], usage: noUsage }
  let finished = false
  for await (const event of model.run({ messages, ...tools, streaming, retries, signal })) {
    signal.throwIfAborted()
    if (event.type === 'finish') {
      answer.usage = event.usage
      finished = true
    } else if (event.type === 'tool_call') {
      const { id, name, args } = event
      answer.calls.push({ id, type: 'function', function: { name: name.trim() || unnamed, arguments: args } })
    } else {
      if (streaming) heard.any = true
      answer[event.type] += event.text
      hear(event.type, event.text)
    }
  }
  if (!finished) throw new AstrBotError('provider_failed', { detail: 'the answer has no end' })
  if (answer.text === '' && answer.reasoning === '' && answer.calls.length === 0) {
    throw new AstrBotError('provider_empty_answer')
  }
  return answer
}

/** What a call without a name is called. */
const unnamed = '__malformed_tool_name__'

const noUsage: TokenUsage = { inputOther: 0, inputCached: 0, output: 0 }
