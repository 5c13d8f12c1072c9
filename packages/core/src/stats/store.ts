import type { Insertable, Kysely } from 'kysely'
import type { Database } from '../store/index.ts'
import type { ProviderStatsTable } from './table.ts'

export async function insertStats(db: Kysely<Database>, row: Insertable<ProviderStatsTable>): Promise<void> {
  await db.insertInto('provider_stats').values(row).execute()
}

/** The tokens of all rows of a conversation together; `runs` is how many rows there are. */
export async function sumStats(
  db: Kysely<Database>,
  conversationId: string,
): Promise<{ runs: number; inputOther: number; inputCached: number; output: number }> {
  const sums = await db
    .selectFrom('provider_stats')
    .select(({ fn }) => [
      fn.countAll<number | string>().as('runs'),
      fn.sum<number | string | null>('token_input_other').as('inputOther'),
      fn.sum<number | string | null>('token_input_cached').as('inputCached'),
      fn.sum<number | string | null>('token_output').as('output'),
    ])
    .where('conversation_id', '=', conversationId)
    .executeTakeFirstOrThrow()
  // PostgreSQL answers sums as text.
  return {
    runs: Number(sums.runs),
    inputOther: Number(sums.inputOther),
    inputCached: Number(sums.inputCached),
    output: Number(sums.output),
  }
}
