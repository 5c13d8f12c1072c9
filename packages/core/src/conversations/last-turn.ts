import type { Kysely } from 'kysely'
import type { LlmMessage } from '../providers/model.ts'
import type { Database } from '../store/index.ts'
import { hasCheckpoint, messagesBefore } from './store.ts'
import { isSynthetic } from './synthetic.ts'

const pageSize = 200

/** Where a turn stands in what the model remembers: the latest one with a checkpoint, before it, or nowhere. */
export type TurnPlace = { is: 'latest'; firstId: number } | { is: 'older' | 'absent' }

/** Finds a turn in a conversation, from the end. */
export async function placeOfTurn(
  db: Kysely<Database>,
  conversationId: string,
  checkpointId: string,
): Promise<TurnPlace> {
  const found: { id: number; message: string }[] = []
  let before = Number.MAX_SAFE_INTEGER
  for (;;) {
    const rows = await messagesBefore(db, conversationId, before, pageSize)
    for (const row of rows) {
      // What has no checkpoint after the last turn goes with it.
      if (row.checkpoint_id === checkpointId) found.push(row)
      else if (found.length > 0) return { is: 'latest', firstId: firstOf(found) }
      else if (row.checkpoint_id !== null) {
        return { is: (await hasCheckpoint(db, conversationId, checkpointId)) ? 'older' : 'absent' }
      }
      before = row.id
    }
    if (rows.length < pageSize) return found.length > 0 ? { is: 'latest', firstId: firstOf(found) } : { is: 'absent' }
  }
}

/**
 * The first message of a turn, given newest first. In a conversation that came from elsewhere the first checkpoint also
 * covers older turns that had none; they stay, as a turn begins where the user speaks last.
 */
function firstOf(messages: readonly { id: number; message: string }[]): number {
  const spoken = messages.find(({ message }) => {
    const item = JSON.parse(message) as Pick<LlmMessage, 'role'> & { content?: unknown }
    return item.role === 'user' && !isSynthetic(item)
  })
  return (spoken ?? messages.at(-1))?.id ?? 0
}
