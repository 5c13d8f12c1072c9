import type { Generated } from 'kysely'

/** One row for each time the agent ran. */
export interface ProviderStatsTable {
  id: Generated<number>
  agent_type: string
  status: 'completed' | 'error' | 'aborted'
  umo: string
  conversation_id: string
  provider_id: string
  provider_model: string
  token_input_other: number
  token_input_cached: number
  token_output: number
  /** Epoch milliseconds. */
  start_time: number
  end_time: number
  /** Milliseconds; 0 when the answer came as a whole. */
  time_to_first_token: number
  created_at: number
}
