import type { ChatModel, LlmMessage, ModelEvent, ModelRequest } from './model.ts'

/** The provider that exists while there is no other. */
export const demoProviderId = 'demo'

const longestEcho = 500
const wordGapMs = 20

/**
 * The model of a bot that has none yet: it needs no network, and every answer says that it is a demonstration.
 *
 * @param sleep waits between two words; rejects when the signal is aborted
 */
export function createDemoModel(sleep: (ms: number, signal: AbortSignal) => Promise<void>): ChatModel {
  return {
    providerId: demoProviderId,
    model: 'demo',
    contextTokens: 128_000,
    async *run({ messages, streaming, signal }: ModelRequest): AsyncGenerator<ModelEvent> {
      signal.throwIfAborted()
      const answer = demoAnswer(lastUserText(messages))
      const words = answer.match(/\s*(\p{Script=Han}|[^\s\p{Script=Han}]+)/gu) ?? [answer]
      if (!streaming) yield { type: 'text', text: answer }
      else {
        for (const [index, word] of words.entries()) {
          if (index > 0) await sleep(wordGapMs, signal)
          yield { type: 'text', text: word }
        }
      }
      yield { type: 'finish', reason: 'stop', usage: { inputOther: 0, inputCached: 0, output: words.length } }
    },
  }
}

function demoAnswer(asked: string): string {
  const echo = asked.length > longestEcho ? `${asked.slice(0, longestEcho)}…` : asked
  if (/\p{Script=Han}/u.test(asked)) {
    return `这是演示回复：机器人正在运行，但还没有接入任何模型，所以没有人工智能读过这条消息。\n\n您发送的是：${echo}\n\n接入模型：设置环境变量 OPENAI_API_KEY、ANTHROPIC_API_KEY、GEMINI_API_KEY 或 OLLAMA_HOST 后重新启动；任何兼容 OpenAI 的服务可用 OPENAI_BASE_URL。`
  }
  return `This is a demo answer: the bot is running, but it has no model yet, so no AI has read your message.\n\nYou said: ${echo || '(nothing)'}\n\nTo get real answers, set OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY or OLLAMA_HOST in the environment and restart; OPENAI_BASE_URL takes any OpenAI-compatible server.`
}

function lastUserText(messages: readonly LlmMessage[]): string {
  const content = messages.findLast(message => message.role === 'user')?.content ?? ''
  if (typeof content === 'string') return content
  const texts = content.map(part => ('text' in part ? part.text : '[image]'))
  // Nobody has said what the model is reminded of.
  return texts.filter(text => !text.startsWith('<system_reminder>')).join('\n')
}
