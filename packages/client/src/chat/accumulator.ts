import { isRecord } from '../record.ts'
import type { AnswerPart, ChatAnswer, ChatEvent, ChatToolCall } from './types.ts'

/** What an `error` event said. */
export interface TurnFailure {
  code: string
  message: string
  cause: string | undefined
}

/** Puts a turn together from its events. */
export interface Accumulator {
  /** Takes an event in. Answers the text it adds to the answer; events of unknown types add nothing. */
  add(event: ChatEvent): string
  readonly answer: ChatAnswer
  readonly failure: TurnFailure | undefined
}

type TextPart = Extract<AnswerPart, { type: 'plain' }>
type MediaEvent = Extract<ChatEvent, { type: 'image' | 'record' | 'file' | 'video' }>

/** `known` is what is known of the turn before its first event. */
export function createAccumulator(known: Partial<ChatAnswer>): Accumulator {
  const answer: ChatAnswer = {
    text: '',
    reasoning: '',
    sessionId: undefined,
    runId: undefined,
    messageIds: [],
    userMessageId: undefined,
    checkpointId: undefined,
    stats: undefined,
    refs: undefined,
    parts: [],
    toolCalls: [],
    capturedBy: undefined,
    ...known,
  }
  let failure: TurnFailure | undefined
  /** The part that text goes on in. Other parts and a stored message close it. */
  let open: TextPart | undefined

  function push(part: AnswerPart): void {
    answer.parts.push(part)
    open = part.type === 'plain' ? part : undefined
  }

  function addText(text: string): string {
    if (open) open.text += text
    else if (text) push({ type: 'plain', text })
    answer.text += text
    return text
  }

  /** A whole text takes the place of the piece that has been streamed of it. */
  function replaceText(text: string): string {
    const before = open?.text ?? ''
    if (text.startsWith(before)) return addText(text.slice(before.length))
    if (open) open.text = text
    answer.text = textOf(answer.parts)
    return text
  }

  function think(text: string): void {
    const last = answer.parts.at(-1)
    if (last?.type === 'think') last.think += text
    else push({ type: 'think', think: text })
    answer.reasoning += text
  }

  /** The call with this id, which is made if it is new. */
  function toolCall(id: string): ChatToolCall {
    const found = answer.toolCalls.find(call => call.id === id)
    if (found) return found
    const call: ChatToolCall = { id }
    answer.toolCalls.push(call)
    push({ type: 'tool_call', tool_calls: [call] })
    return call
  }

  function addPlain(event: Extract<ChatEvent, { type: 'plain' }>): string {
    const { chain_type: kind, data } = event
    if (kind === 'reasoning') think(data)
    else if (kind === 'tool_call') {
      const call = readTool(data)
      if (call) Object.assign(toolCall(call.id), call)
    } else if (kind === 'tool_call_result') {
      const { id, ts, result } = readTool(data) ?? {}
      if (id) {
        const text = typeof result === 'string' ? result : JSON.stringify(result ?? null)
        Object.assign(toolCall(id), { result: text, ...(ts !== undefined && { finished_ts: ts }) })
      }
    } else return event.streaming ? addText(data) : replaceText(data)
    return ''
  }

  function addMedia({ type, data }: MediaEvent): void {
    const [stored = '', shown = stored] = data.replace(/^\[\w+\]/, '').split('|')
    push({ type, filename: shown, ...(shown !== stored && { stored_filename: stored }) })
  }

  function takeSnapshot({ data }: Extract<ChatEvent, { type: 'run_snapshot' }>): string {
    const { content } = data
    const parts: AnswerPart[] = structuredClone(content.message)
    const before = answer.text
    answer.runId = data.run_id
    answer.sessionId = data.session_id
    answer.checkpointId = data.llm_checkpoint_id
    answer.parts = parts
    answer.text = textOf(parts)
    answer.reasoning = content.reasoning ?? parts.map(part => (part.type === 'think' ? part.think : '')).join('')
    answer.toolCalls = parts.flatMap(part => (part.type === 'tool_call' ? part.tool_calls : []))
    answer.stats = content.agent_stats ?? answer.stats
    answer.refs = content.refs ?? answer.refs
    const last = parts.at(-1)
    open = last?.type === 'plain' ? last : undefined
    return answer.text.startsWith(before) ? answer.text.slice(before.length) : ''
  }

  function add(event: ChatEvent): string {
    if ('message_id' in event) answer.runId ??= event.message_id
    switch (event.type) {
      case 'plain':
        return addPlain(event)
      case 'complete':
        if (!answer.reasoning && event.reasoning) {
          answer.reasoning = event.reasoning
          answer.parts.unshift({ type: 'think', think: event.reasoning })
        }
        return event.data.startsWith(answer.text) ? addText(event.data.slice(answer.text.length)) : ''
      case 'run_snapshot':
        return takeSnapshot(event)
      case 'image':
      case 'record':
      case 'file':
      case 'video':
        addMedia(event)
        break
      case 'attachment_saved':
        for (const part of answer.parts) {
          if (part.type === event.data.type && !part.attachment_id) part.attachment_id = event.data.id
        }
        break
      case 'session_id':
        answer.sessionId = event.session_id
        break
      case 'run_started':
        answer.runId = event.data.run_id
        break
      case 'user_message_saved':
        answer.userMessageId = event.data.id
        answer.checkpointId = event.data.llm_checkpoint_id ?? answer.checkpointId
        break
      case 'message_saved':
        answer.messageIds.push(event.data.id)
        answer.checkpointId = event.data.llm_checkpoint_id ?? answer.checkpointId
        answer.refs = event.data.refs ?? answer.refs
        open = undefined
        break
      case 'agent_stats':
        answer.stats = event.data
        break
      case 'follow_up_captured':
        answer.capturedBy = event.data.target_run_id
        break
      case 'error':
        failure = { code: event.code ?? 'run_failed', message: event.data, cause: event.cause }
    }
    return ''
  }

  return {
    add,
    answer,
    get failure() {
      return failure
    },
  }
}

function textOf(parts: readonly AnswerPart[]): string {
  return parts.map(part => (part.type === 'plain' ? part.text : '')).join('')
}

/** The JSON that tool events carry as text; what is no object with an id is ignored. */
function readTool(text: string): (ChatToolCall & { result?: unknown }) | undefined {
  try {
    const call: unknown = JSON.parse(text)
    // The boundary: past the id, the fields are shown to people and read by nobody here.
    return isRecord(call) && typeof call.id === 'string' && call.id !== ''
      ? (call as unknown as ChatToolCall)
      : undefined
  } catch {
    return undefined
  }
}
