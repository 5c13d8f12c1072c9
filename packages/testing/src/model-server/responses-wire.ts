import type { Ask, ToolCall, Usage } from './ask.ts'
import { textOf } from './openai-wire.ts'
import { badKey, type Wire } from './wire.ts'

/** The part of OpenAI's Responses API that chats use: text, reasoning, tools, usage. */
export const responsesWire: Wire = {
  refusedKey: headers => badKey(headers.authorization),

  frames(ask) {
    let number = 0
    const done: object[] = []
    let open: { type: 'message' | 'reasoning'; text: string } | undefined
    const event = (type: string, value: object) =>
      `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number++, ...value })}\n\n`
    const stop = () => {
      if (!open) return ''
      const item = open.type === 'message' ? messageItem(open.text) : reasoningItem(open.text)
      open = undefined
      return event('response.output_item.done', { output_index: done.push(item) - 1, item })
    }
    const start = (type: 'message' | 'reasoning') => {
      if (open?.type === type) return ''
      const before = stop()
      open = { type, text: '' }
      const item = type === 'message' ? messageItem('') : reasoningItem('')
      return before + event('response.output_item.added', { output_index: done.length, item })
    }
    const piece = (type: 'message' | 'reasoning', name: string, token: string) => {
      const before = start(type)
      if (open) open.text += token
      return before + event(name, { item_id: `item_${done.length}`, output_index: done.length, delta: token })
    }
    return {
      open: () => event('response.created', { response: responseOf(ask.model, 'in_progress', []) }),
      text: token => piece('message', 'response.output_text.delta', token),
      reasoning: token => piece('reasoning', 'response.reasoning_summary_text.delta', token),
      toolCalls: calls =>
        stop() +
        calls
          .map(call => {
            const item = callItem(call)
            const output_index = done.push(item) - 1
            const added = event('response.output_item.added', { output_index, item: { ...item, arguments: '' } })
            const args = event('response.function_call_arguments.delta', { output_index, delta: item.arguments })
            return added + args + event('response.output_item.done', { output_index, item })
          })
          .join(''),
      close(finish, usage) {
        const last = stop()
        const type = finish === 'length' ? 'response.incomplete' : 'response.completed'
        const state = finish === 'length' ? 'incomplete' : 'completed'
        return last + event(type, { response: responseOf(ask.model, state, done, usage) })
      },
    }
  },

  whole(ask, { reasoning, text, toolCalls, finish, usage }) {
    const output = [
      ...(reasoning ? [reasoningItem(reasoning)] : []),
      ...(text ? [messageItem(text)] : []),
      ...toolCalls.map(callItem),
    ]
    return responseOf(ask.model, finish === 'length' ? 'incomplete' : 'completed', output, usage)
  },

  failure: (_status, code, message) => ({ error: { message, type: 'invalid_request_error', param: null, code } }),
}

function messageItem(text: string) {
  const content = [{ type: 'output_text', text, annotations: [] }]
  return { type: 'message', id: 'msg_test', role: 'assistant', status: 'completed', content }
}

function reasoningItem(text: string) {
  const summary = [{ type: 'summary_text', text }]
  return { type: 'reasoning', id: 'rs_test', summary, encrypted_content: 'encrypted-thought', status: 'completed' }
}

function callItem({ id, name, args }: ToolCall) {
  return { type: 'function_call', id: `fc_${id}`, call_id: id, name, arguments: JSON.stringify(args) }
}

function responseOf(model: string, status: string, output: object[], usage?: Usage): object {
  return {
    id: 'resp_test',
    object: 'response',
    created_at: 1750000000,
    status,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    model,
    output,
    usage: usage && {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: usage.cached },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: usage.input + usage.output,
    },
  }
}

/** Reads the body of a responses call. The calls of one answer are items of their own, in a row. */
export function askOfResponses(body: Record<string, unknown>): Ask {
  const items = Array.isArray(body.input) ? body.input : [{ role: 'user', content: body.input }]
  const lastUser = items.findLastIndex(item => item?.role === 'user')
  const later = items.slice(lastUser + 1)
  const answers = later.filter((item, i) => item?.type === 'function_call' && later[i - 1]?.type !== 'function_call')
  return {
    model: String(body.model ?? ''),
    streaming: body.stream === true,
    userText: textOf(items[lastUser]?.content),
    round: answers.length,
    promptTokens: Math.ceil(JSON.stringify(items).length / 4),
    wantsUsage: true,
  }
}
