import type { JsonObject } from '../json.ts'

/** Who makes a model call a tool, and where. */
export interface ToolCaller {
  /** The chat that the call belongs to. */
  umo: string
  sender: { id: string; name: string }
  role: 'admin' | 'member'
}

/** What a running call may use. */
export interface ToolContext extends ToolCaller {
  runId: string
  /** Aborted when the turn is stopped or the call takes too long. */
  signal: AbortSignal
  /** Tells the person something at once; the model does not read it. */
  say(text: string): void
}

/** A piece of what a tool gives back. */
export type ToolPart = { type: 'text'; text: string } | { type: 'image'; data: Uint8Array; mimeType: string }

/**
 * What a tool gives back to the model. Undefined means that there is nothing to add, because the person was told
 * directly: the turn ends.
 */
export type ToolOutput = string | readonly ToolPart[] | undefined

/** A function that models can call. */
export interface Tool {
  name: string
  description: string
  /** JSON Schema of an object. */
  parameters: JsonObject
  /** `builtin` tools stand beside what personas choose; the others are chosen by them. */
  origin: 'builtin' | 'plugin' | 'mcp' | 'subagent'
  /** Whether calls must wait for those before them, as when their effects are seen in an order. */
  inOrder?: boolean
  /** Milliseconds; the profile's limit when absent. */
  timeoutMs?: number
  /** Whether a chat is offered the tool; everywhere when absent. */
  fits?(umo: string): boolean
  /** @param args an object that fits `parameters`; what is not declared there is left out */
  execute(args: JsonObject, context: ToolContext): Promise<ToolOutput>
}
