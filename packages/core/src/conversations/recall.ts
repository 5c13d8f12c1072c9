import type { Kysely } from 'kysely'
import { messageTokens } from '../agent/tokens.ts'
import type { LlmMessage } from '../providers/model.ts'
import type { Database } from '../store/index.ts'
import { llmMessage } from './llm-message.ts'
import { messagesBefore } from './store.ts'

const pageSize = 200

/**
 * The latest whole turns of a conversation that fit into `budget` tokens, oldest first. Read from the end, so that a
 * long past costs nothing.
 */
export async function recall(db: Kysely<Database>, conversationId: string, budget: number): Promise<LlmMessage[]> {
  const kept: LlmMessage[] = []
  let turn: LlmMessage[] = []
  let turnId: string | null | undefined
  let spent = 0
  let before = Number.MAX_SAFE_INTEGER
  // A turn is kept whole or not at all, so that no tool result loses its call.
  const keepTurn = () => {
    spent += turn.reduce((sum, message) => sum + messageTokens(message), 0)
    if (spent > budget) return false
    kept.push(...turn)
    turn = []
    return true
  }
  for (;;) {
    const rows = await messagesBefore(db, conversationId, before, pageSize)
    for (const row of rows) {
      // Without checkpoints a turn begins where the user speaks.
      const begun = turnId === null && turn.at(-1)?.role === 'user'
      if (turn.length > 0 && (row.checkpoint_id !== turnId || begun) && !keepTurn()) return kept.reverse()
      turnId = row.checkpoint_id
      turn.push(llmMessage(row.message))
      before = row.id
    }
    if (rows.length < pageSize) {
      keepTurn()
      return kept.reverse()
    }
  }
}
