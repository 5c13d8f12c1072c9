import type { Kysely } from 'kysely'
import { messageTokens } from '../agent/tokens.ts'
import type { LlmMessage } from '../providers/model.ts'
import type { Database } from '../store/index.ts'
import { llmMessage } from './llm-message.ts'
import { findSummary, messagesBefore } from './store.ts'
import { isSynthetic } from './synthetic.ts'

const pageSize = 200

/** A turn as a model remembers it. */
export interface PastTurn {
  messages: LlmMessage[]
  /** The number of its last message. */
  lastId: number
}

/** A text in place of the oldest turns. */
export interface Summary {
  text: string
  /** The number of the last message that it covers. */
  upTo: number
}

/** The end of a conversation. */
export interface Recalled {
  /** Oldest first. */
  turns: PastTurn[]
  /** What was before all of the turns that are not covered by themselves. */
  summary: Summary | undefined
}

/**
 * The latest whole turns of a conversation that fit into `budget` tokens, oldest first, and what stands in place of
 * earlier ones. Read from the end, so that a long past costs nothing.
 */
export async function recall(db: Kysely<Database>, conversationId: string, budget: number): Promise<Recalled> {
  const summary = await findSummary(db, conversationId)
  const kept: PastTurn[] = []
  let turn: LlmMessage[] = []
  let lastId = 0
  let turnId: string | null | undefined
  let spent = summary ? messageTokens({ role: 'user', content: summary.text }) : 0
  let before = Number.MAX_SAFE_INTEGER
  // A turn is kept whole or not at all, so that no tool result loses its call.
  const keepTurn = () => {
    if (turn.length === 0) return true
    spent += turn.reduce((sum, message) => sum + messageTokens(message), 0)
    if (spent > budget) return false
    kept.push({ messages: turn.reverse(), lastId })
    turn = []
    return true
  }
  const recalled = () => ({ turns: kept.reverse(), summary })
  for (;;) {
    const rows = await messagesBefore(db, conversationId, before, pageSize)
    for (const row of rows) {
      if (summary && row.id <= summary.upTo) {
        keepTurn()
        return recalled()
      }
      const message = llmMessage(row.message)
      const latest = turn.at(-1)
      // Without checkpoints a turn begins where the user speaks.
      const begun = turnId === null && latest?.role === 'user' && !isSynthetic(latest)
      if (turn.length > 0 && (row.checkpoint_id !== turnId || begun) && !keepTurn()) return recalled()
      if (turn.length === 0) lastId = row.id
      turnId = row.checkpoint_id
      turn.push(message)
      before = row.id
    }
    if (rows.length < pageSize) {
      keepTurn()
      return recalled()
    }
  }
}
