import type { JsonObject } from '../../json.ts'
import type { TokenUsage } from '../../providers/index.ts'

/** A picture of the user's message. */
export interface RunnerImage {
  filename: string
  mediaType: string
  bytes: Uint8Array
}

/** What a remote agent is told of a turn. It keeps the history itself. */
export interface RunnerRequest {
  /** Who asks, the same in every turn of a chat. */
  user: string
  prompt: string
  images: readonly RunnerImage[]
  /** What `/set` has stored for the chat. */
  variables: JsonObject
  /** The conversation as the remote side names it; absent in the first turn. */
  conversation: string | undefined
  signal: AbortSignal
}

/** One step of a remote agent's answer. */
export type RunnerEvent =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  /** What was said so far is not to be shown; this is said instead. */
  | { type: 'replace'; text: string }
  /** The conversation that the next turn goes on with. */
  | { type: 'conversation'; id: string }
  | { type: 'usage'; usage: TokenUsage }

/**
 * An agent at somebody else's place. Its answer ends early when the signal fires or the reader leaves; the remote side
 * is then told to stop.
 */
export interface AgentRunner {
  /** As people know it: `Dify`. */
  readonly title: string
  /** Where the conversation's remote id is kept among the preferences of a chat. */
  readonly conversationKey: string
  /** @throws agent_runner_… */
  run(request: RunnerRequest): AsyncGenerator<RunnerEvent, void, void>
  /** Removes a conversation on the remote side, where that is possible. */
  forget?(conversation: string): Promise<void>
}
