import type { Logger } from '../log.ts'
import type { ChatModel } from '../providers/model.ts'
import type { TurnContext } from './context.ts'
import { tokensOf } from './context.ts'
import { summaryOf } from './summary.ts'

/** The share of a model's input beyond which a conversation is shortened. */
export const fullShare = 0.82

/** How conversations are kept inside a model's context. */
export interface CompressionSettings {
  /** Turns that are told, this one included; negative for all. */
  maxTurns: number
  /** How many turns go at a time. */
  trimTurns: number
  overflow: 'llm_compress' | 'truncate_by_turns'
  /** How to summarise; empty for our own words. */
  instruction: string
  /** The share of the conversation that stays word by word, from 0 to 0.3. */
  keepRecentRatio: number
}

interface Guard {
  settings: CompressionSettings
  /** Input tokens that fit. */
  contextTokens: number
  /** Writes summaries; absent when there is none. */
  summariser: ChatModel | undefined
  signal: AbortSignal
  log: Logger
}

/** Leaves out what is over the limit of turns. */
export function limitTurns(context: TurnContext, { maxTurns, trimTurns }: CompressionSettings): void {
  if (maxTurns < 0 || context.past.length < maxTurns) return
  const trimmed = Math.max(1, Math.min(trimTurns, maxTurns - 1))
  context.drop(context.past.length - Math.max(0, maxTurns - trimmed))
}

/** Makes the next request fit the model, before it is sent. Rejects only when the turn is stopped. */
export async function fit(context: TurnContext, guard: Guard): Promise<void> {
  const { settings, contextTokens, log, signal } = guard
  const limit = contextTokens * fullShare
  if (context.size() <= limit || context.past.length === 0) return
  if (settings.overflow === 'llm_compress') {
    try {
      await compress(context, guard)
    } catch (error) {
      signal.throwIfAborted()
      log.warn({ err: error }, 'a conversation was not summarised; its oldest turns are left out instead')
    }
  } else context.drop(Math.max(1, settings.trimTurns))
  while (context.past.length > 0 && context.size() > limit) halve(context)
}

/** Leaves out the older half of the turns; false when there is none. */
export function halve(context: TurnContext): boolean {
  if (context.past.length === 0) return false
  context.drop(Math.ceil(context.past.length / 2))
  return true
}

async function compress(context: TurnContext, { settings, summariser, signal }: Guard): Promise<void> {
  if (!summariser) return
  const total = context.size()
  let kept = 0
  let first = context.past.length
  for (; first > 0; first--) {
    kept += tokensOf(context.past[first - 1]?.messages ?? [])
    if (kept > total * settings.keepRecentRatio) break
  }
  if (first === 0) return
  const turns = context.past.slice(0, first)
  const text = await summaryOf(summariser, settings.instruction, context.summary?.text, turns, signal)
  if (text !== '') context.summarise(first, text)
}
