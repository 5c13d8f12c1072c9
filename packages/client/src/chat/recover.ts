import { isAstrBotError } from '../errors/astrbot-error.ts'
import type { Turn } from './turn.ts'
import type { ChatPart, ChatSessionDetail } from './types.ts'

/**
 * Takes the answer of a run that is over from its session, as a `run_snapshot` and `end`, so that readers of the stream
 * see the vocabulary they know.
 * @returns false when the session has no answer of this turn, or cannot be read
 */
export async function recoverTurn(turn: Turn): Promise<boolean> {
  const { runId = '', sessionId, checkpointId, userMessageId } = turn.state.answer
  if (!sessionId) return false
  const detail = await readSession(turn, sessionId)
  const answers = (detail?.history ?? []).flatMap(({ id, content, llm_checkpoint_id }) => {
    const mine = checkpointId ? llm_checkpoint_id === checkpointId : userMessageId !== undefined && id > userMessageId
    return mine && content.type === 'bot' ? [{ id, content }] : []
  })
  const last = answers.at(-1)
  if (!last) return false
  const message: ChatPart[] = answers.flatMap(({ content }) => content.message)
  const { error } = last.content
  turn.state.answer.messageIds = answers.map(({ id }) => id)
  turn.emit({
    type: 'run_snapshot',
    data: {
      run_id: runId,
      session_id: sessionId,
      llm_checkpoint_id: checkpointId ?? '',
      status: error ? 'failed' : 'completed',
      revision: turn.position?.number ?? 0,
      content: { ...last.content, message, reasoning: answers.map(({ content }) => content.reasoning ?? '').join('') },
    },
  })
  if (error)
    turn.emit({ type: 'error', data: error.message, code: error.code, ...(error.cause && { cause: error.cause }) })
  turn.emit({ type: 'end', data: '', streaming: false, message_id: runId })
  return true
}

async function readSession(
  { transport, init, username }: Turn,
  sessionId: string,
): Promise<ChatSessionDetail | undefined> {
  const params = { path: { session_id: sessionId }, query: { username } }
  try {
    // The boundary: typed by the contract.
    return (await transport.call('GET', '/api/v1/chat/sessions/{session_id}', { ...init, params })) as ChatSessionDetail
  } catch (error) {
    if (isAstrBotError(error) && !init.signal.aborted) return undefined
    throw error
  }
}
