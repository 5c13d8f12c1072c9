import type { Kysely } from 'kysely'
import type { Clock } from '../clock.ts'
import type { TokenUsage } from '../providers/index.ts'
import type { Database, Store } from '../store/index.ts'
import { insertStats, sumStats } from './store.ts'
import type { ProviderStatsTable } from './table.ts'

/** What a turn took. */
export interface Spent {
  providerId: string
  model: string
  /** Of all calls of the model together. */
  usage: TokenUsage
  /** Epoch milliseconds. */
  startedAt: number
  endedAt: number
  /** Milliseconds; 0 when the answer came as a whole. */
  timeToFirstToken: number
}

/** One time that the agent ran. */
export interface AgentRun extends Spent {
  status: ProviderStatsTable['status']
  umo: string
  conversationId: string
}

/** What answering costs. */
export interface Stats {
  record(run: AgentRun, db?: Kysely<Database>): Promise<void>
  /** Tokens of everything that was asked in a conversation; undefined when nothing was. */
  usageOf(conversationId: string): Promise<TokenUsage | undefined>
}

export function createStats({ db }: Pick<Store, 'db'>, clock: Clock): Stats {
  return {
    record: (run, transaction = db) =>
      insertStats(transaction, {
        agent_type: 'internal',
        status: run.status,
        umo: run.umo,
        conversation_id: run.conversationId,
        provider_id: run.providerId,
        provider_model: run.model,
        token_input_other: run.usage.inputOther,
        token_input_cached: run.usage.inputCached,
        token_output: run.usage.output,
        start_time: run.startedAt,
        end_time: run.endedAt,
        time_to_first_token: run.timeToFirstToken,
        created_at: clock.now(),
      }),
    async usageOf(conversationId) {
      const { runs, ...usage } = await sumStats(db, conversationId)
      return runs > 0 ? usage : undefined
    },
  }
}
