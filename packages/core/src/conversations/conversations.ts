import type { Kysely } from 'kysely'
import { messageTokens } from '../agent/tokens.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Preferences } from '../preferences/index.ts'
import type { LlmMessage } from '../providers/model.ts'
import type { Database, Store } from '../store/index.ts'
import { appendMessages, conversationExists, insertConversation, messagesBefore } from './store.ts'

const currentKey = 'sel_conv_id'
const pageSize = 200

/** What models remember: one current conversation per message origin, as OpenAI-style messages grouped in turns. */
export interface Conversations {
  /** The current conversation of an origin; made when there is none. */
  current(umo: string, platformId: string): Promise<string>
  /** The latest whole turns that fit into `budget` tokens, oldest first. */
  recall(conversationId: string, budget: number): Promise<LlmMessage[]>
  /** Adds a turn. Its messages stay together under the checkpoint. */
  remember(conversationId: string, checkpointId: string, messages: LlmMessage[], db?: Kysely<Database>): Promise<void>
}

export function createConversations({ db }: Pick<Store, 'db'>, preferences: Preferences, clock: Clock, ids: Ids): Conversations {
  return {
    async current(umo, platformId) {
      const scope = { scope: 'umo', scopeId: umo }
      const selected = await preferences.get(scope, currentKey)
      if (typeof selected === 'string' && (await conversationExists(db, selected))) return selected
      const id = ids.uuid()
      const now = clock.now()
      await insertConversation(db, { conversation_id: id, umo, platform_id: platformId, created_at: now, updated_at: now })
      await preferences.set(scope, currentKey, id)
      return id
    },

    async recall(conversationId, budget) {
      const kept: LlmMessage[] = []
      let turn: LlmMessage[] = []
      let turnId: string | undefined
      let spent = 0
      let before = Number.MAX_SAFE_INTEGER
      // Newest first; a turn is kept whole or not at all, so that no tool result loses its call.
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
          if (turnId !== undefined && row.checkpoint_id !== turnId && !keepTurn()) return kept.reverse()
          turnId = row.checkpoint_id
          turn.push(JSON.parse(row.message) as LlmMessage)
          before = row.id
        }
        if (rows.length < pageSize) {
          keepTurn()
          return kept.reverse()
        }
      }
    },

    async remember(conversationId, checkpointId, messages, transaction = db) {
      await appendMessages(
        transaction,
        conversationId,
        checkpointId,
        messages.map(message => JSON.stringify(message)),
        clock.now(),
      )
    },
  }
}
