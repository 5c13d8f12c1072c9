import type { ChatEvent } from '../src/index.ts'

/** Events as a server sends them, with as little as the type asks for. */
export const run = 'run-1'

export const at = '2026-07-06T04:00:00+00:00'

export const sessionId: ChatEvent = { type: 'session_id', data: null, session_id: 's-1' }

export const userSaved: ChatEvent = {
  type: 'user_message_saved',
  data: { id: 7, created_at: at, llm_checkpoint_id: 'c-1' },
}

export const started: ChatEvent = { type: 'run_started', data: { run_id: run }, streaming: false, message_id: run }

export function plain(data: string, streaming = true, chain: string | null = null): ChatEvent {
  return { type: 'plain', data, streaming, chain_type: chain, message_id: run }
}

export function complete(data: string, reasoning = ''): ChatEvent {
  return { type: 'complete', data, reasoning, streaming: true, message_id: run }
}

export function saved(id: number): ChatEvent {
  return { type: 'message_saved', data: { id, created_at: at, llm_checkpoint_id: 'c-1' } }
}

export const stats: ChatEvent = {
  type: 'agent_stats',
  data: {
    token_usage: { input_other: 11, input_cached: 0, output: 7 },
    current_context_tokens: 11,
    start_time: 1,
    end_time: 2,
    time_to_first_token: 0.1,
  },
}

export const end: ChatEvent = { type: 'end', data: '', streaming: false, message_id: run }

type Part = Extract<ChatEvent, { type: 'run_snapshot' }>['data']['content']['message'][number]

export function snapshot(...message: Part[]): ChatEvent {
  return {
    type: 'run_snapshot',
    data: {
      run_id: run,
      session_id: 's-1',
      llm_checkpoint_id: 'c-1',
      status: 'running',
      revision: 3,
      content: { type: 'bot', message },
    },
  }
}

/** A whole streamed turn. */
export const turn: ChatEvent[] = [
  sessionId,
  userSaved,
  started,
  plain('Hel'),
  plain('lo'),
  stats,
  complete('Hello'),
  saved(8),
  end,
]

/** The same with SSE ids, numbered from 1. */
export function numbered(events: ChatEvent[], first = 1): [number, ChatEvent][] {
  return events.map((event, index) => [index + first, event])
}
