import type { Ask, ToolCall, Usage } from './ask.ts'
import { badKey, type Wire } from './wire.ts'

/** OpenAI's chat completions. */
export const openaiWire: Wire = {
  refusedKey: headers => badKey(headers.authorization),

  frames(ask) {
    const head = `data: {"id":"chatcmpl-test","object":"chat.completion.chunk","created":1750000000,"model":${JSON.stringify(ask.model)},"choices":[{"index":0,"delta":`
    const frame = (delta: string, finish = 'null') => `${head}${delta},"finish_reason":${finish}}]}\n\n`
    return {
      open: () => frame('{"role":"assistant","content":""}'),
      text: token => frame(`{"content":${JSON.stringify(token)}}`),
      reasoning: token => frame(`{"reasoning_content":${JSON.stringify(token)}}`),
      toolCalls: calls => calls.map((call, index) => toolCallFrames(call, index, frame)).join(''),
      close(finish, usage) {
        const last = frame('{}', JSON.stringify(finish))
        const counts = ask.wantsUsage
          ? `data: ${JSON.stringify({ id: 'chatcmpl-test', object: 'chat.completion.chunk', created: 1750000000, model: ask.model, choices: [], usage: usageOf(usage) })}\n\n`
          : ''
        return `${last}${counts}data: [DONE]\n\n`
      },
    }
  },

  whole(ask, answer) {
    return {
      id: 'chatcmpl-test',
      object: 'chat.completion',
      created: 1750000000,
      model: ask.model,
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: answer.text || null,
            ...(answer.reasoning && { reasoning_content: answer.reasoning }),
            ...(answer.toolCalls.length > 0 && { tool_calls: answer.toolCalls.map(toolCallOf) }),
          },
          finish_reason: answer.finish,
        },
      ],
      usage: usageOf(answer.usage),
    }
  },

  failure: (status, code, message) => ({
    error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error', param: null, code },
  }),
}

/** Name and id first, the arguments in two pieces, as OpenAI does it. */
function toolCallFrames(call: ToolCall, index: number, frame: (delta: string) => string): string {
  const args = JSON.stringify(call.args)
  const half = Math.ceil(args.length / 2)
  const delta = (value: object) => frame(JSON.stringify({ tool_calls: [{ index, ...value }] }))
  return (
    delta({ id: call.id, type: 'function', function: { name: call.name, arguments: '' } }) +
    delta({ function: { arguments: args.slice(0, half) } }) +
    delta({ function: { arguments: args.slice(half) } })
  )
}

function toolCallOf(call: ToolCall): object {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.args) } }
}

function usageOf(usage: Usage): object {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached },
  }
}

/** Reads the body of a chat completions call. */
export function askOfOpenai(body: Record<string, unknown>): Ask {
  const messages = Array.isArray(body.messages) ? body.messages : []
  const lastUser = messages.findLastIndex(message => message?.role === 'user')
  const options = body.stream_options
  return {
    model: String(body.model ?? ''),
    streaming: body.stream === true,
    userText: textOf(messages[lastUser]?.content),
    round: messages.slice(lastUser + 1).filter(message => message?.role === 'assistant').length,
    promptTokens: Math.ceil(JSON.stringify(messages).length / 4),
    wantsUsage:
      typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true,
  }
}

/** Text of a message: a string, or the text parts of a list. What the bot adds to remind the model is nobody's word. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map(part => (typeof part?.text === 'string' && !part.text.startsWith('<system_reminder>') ? part.text : ''))
    .join('')
}
