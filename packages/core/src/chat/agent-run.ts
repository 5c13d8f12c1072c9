import type { AgentRun } from '../stats/index.ts'
import type { Answer } from './answer.ts'

const statuses = { completed: 'completed', stopped: 'aborted', failed: 'error' } as const

/** What a turn cost; undefined when no model was asked. */
export function agentRun(
  umo: string,
  conversationId: string,
  { spent, status }: Pick<Answer, 'spent' | 'status'>,
): AgentRun | undefined {
  return spent && { status: statuses[status], umo, conversationId, ...spent }
}
