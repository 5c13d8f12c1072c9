import type { Ask, Usage } from './ask.ts'
import { textOf } from './openai-wire.ts'
import { badKey, type Wire } from './wire.ts'

const stopReasons = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' } as const

/** The part of Anthropic's messages API that chats use: text, thinking, tools, usage. */
export const anthropicWire: Wire = {
  refusedKey: headers => badKey(headers['x-api-key']),

  frames(ask) {
    let index = -1
    let open: 'text' | 'thinking' | undefined
    const stop = () => {
      if (!open) return ''
      open = undefined
      return event({ type: 'content_block_stop', index })
    }
    const start = (kind: 'text' | 'thinking') => {
      if (open === kind) return ''
      const before = stop()
      open = kind
      index++
      const block = kind === 'text' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' }
      return before + event({ type: 'content_block_start', index, content_block: block })
    }
    const delta = (value: object) => event({ type: 'content_block_delta', index, delta: value })
    return {
      open: usage => event({ type: 'message_start', message: messageOf(ask.model, [], null, usageOf(usage, 1)) }),
      text: token => start('text') + delta({ type: 'text_delta', text: token }),
      reasoning: token => start('thinking') + delta({ type: 'thinking_delta', thinking: token }),
      toolCalls(calls) {
        let frames = open === 'thinking' ? delta({ type: 'signature_delta', signature: 'signature-of-thought' }) : ''
        frames += stop()
        for (const call of calls) {
          index++
          frames += event({
            type: 'content_block_start',
            index,
            content_block: { type: 'tool_use', id: call.id, name: call.name, input: {} },
          })
          frames += delta({ type: 'input_json_delta', partial_json: JSON.stringify(call.args) })
          frames += event({ type: 'content_block_stop', index })
        }
        return frames
      },
      close: (finish, usage) =>
        stop() +
        event({
          type: 'message_delta',
          delta: { stop_reason: stopReasons[finish], stop_sequence: null },
          usage: usageOf(usage, usage.output),
        }) +
        event({ type: 'message_stop' }),
    }
  },

  whole(ask, answer) {
    const content = [
      ...(answer.reasoning
        ? [{ type: 'thinking', thinking: answer.reasoning, signature: 'signature-of-thought' }]
        : []),
      ...(answer.text ? [{ type: 'text', text: answer.text }] : []),
      ...answer.toolCalls.map(call => ({ type: 'tool_use', id: call.id, name: call.name, input: call.args })),
    ]
    return messageOf(ask.model, content, stopReasons[answer.finish], usageOf(answer.usage, answer.usage.output))
  },

  failure: (_status, code, message) => ({ type: 'error', error: { type: code, message } }),
}

function usageOf(usage: Usage, output: number): object {
  return { input_tokens: usage.input - usage.cached, cache_read_input_tokens: usage.cached, output_tokens: output }
}

function event(value: { type: string; [key: string]: unknown }): string {
  return `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`
}

function messageOf(model: string, content: unknown[], stopReason: string | null, usage: object): object {
  return {
    id: 'msg_test',
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage,
  }
}

/** Reads the body of a messages call. Tool results arrive there in the user's name. */
export function askOfAnthropic(body: Record<string, unknown>): Ask {
  const messages = Array.isArray(body.messages) ? body.messages : []
  const lastUser = messages.findLastIndex(message => message?.role === 'user' && textOf(message.content) !== '')
  return {
    model: String(body.model ?? ''),
    streaming: body.stream === true,
    userText: textOf(messages[lastUser]?.content),
    round: messages.slice(lastUser + 1).filter(message => message?.role === 'assistant').length,
    promptTokens: Math.ceil(JSON.stringify(messages).length / 4),
    wantsUsage: true,
  }
}
