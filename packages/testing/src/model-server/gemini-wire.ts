import type { Ask, Usage } from './ask.ts'
import { textOf } from './openai-wire.ts'
import { badKey, type Wire } from './wire.ts'

const finishReasons = { stop: 'STOP', length: 'MAX_TOKENS', tool_calls: 'STOP' } as const

/** The part of Gemini's generateContent that chats use: text, thoughts, function calls, usage. */
export const geminiWire: Wire = {
  refusedKey: headers => badKey(headers['x-goog-api-key']),

  frames(ask) {
    const frame = (parts: unknown[], finishReason?: string, usage?: Usage) =>
      `data: ${JSON.stringify(answerOf(ask.model, parts, finishReason, usage))}\r\n\r\n`
    return {
      open: () => '',
      text: token => frame([{ text: token }]),
      reasoning: token => frame([{ text: token, thought: true }]),
      toolCalls: calls => frame(calls.map(callOf)),
      close: (finish, usage) => frame([], finishReasons[finish], usage),
    }
  },

  whole(ask, answer) {
    const parts = [
      ...(answer.reasoning ? [{ text: answer.reasoning, thought: true }] : []),
      ...(answer.text ? [{ text: answer.text }] : []),
      ...answer.toolCalls.map(callOf),
    ]
    return answerOf(ask.model, parts, finishReasons[answer.finish], answer.usage)
  },

  failure: (status, code, message) => ({ error: { code: status, message, status: code.toUpperCase() } }),
}

function callOf(call: { name: string; args: unknown }): object {
  return { functionCall: { name: call.name, args: call.args }, thoughtSignature: `signature-of-${call.name}` }
}

function answerOf(model: string, parts: unknown[], finishReason?: string, usage?: Usage): object {
  return {
    candidates: [{ content: { role: 'model', parts }, index: 0, ...(finishReason && { finishReason }) }],
    modelVersion: model,
    responseId: 'test',
    ...(usage && {
      usageMetadata: {
        promptTokenCount: usage.input,
        cachedContentTokenCount: usage.cached,
        candidatesTokenCount: usage.output,
        totalTokenCount: usage.input + usage.output,
      },
    }),
  }
}

/** Reads the body of a generateContent call; model and method stand in its path. */
export function askOfGemini(body: Record<string, unknown>, model: string, streaming: boolean): Ask {
  const contents = Array.isArray(body.contents) ? body.contents : []
  const lastUser = contents.findLastIndex(content => content?.role === 'user' && textOf(content.parts) !== '')
  return {
    model,
    streaming,
    userText: textOf(contents[lastUser]?.parts),
    round: contents.slice(lastUser + 1).filter(content => content?.role === 'model').length,
    promptTokens: Math.ceil(JSON.stringify(contents).length / 4),
    wantsUsage: true,
  }
}
