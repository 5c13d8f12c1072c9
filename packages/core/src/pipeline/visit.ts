import { adminIds, type ConfigSnapshot } from '../config/index.ts'
import type { ReadonlyJson } from '../json.ts'
import type { InboundMessage } from '../platforms/index.ts'
import type { SessionRules } from '../sessions/index.ts'

/** A message on its way through the stages, and what they found out about it. */
export interface Visit {
  /** As it came, its origin already that of the one who is answered. */
  readonly message: InboundMessage
  /** The origin to which answers are sent. */
  readonly replyTo: string
  /** The profile of its origin. */
  readonly config: ConfigSnapshot
  /** The rules of its origin. */
  readonly rules: SessionRules
  /** Says when there is no point in going on. */
  readonly signal: AbortSignal
  readonly role: Role
  /** What is written, trimmed; without the wake prefix once that was found. */
  text: string
  /** What the message quotes. */
  quoted: string
  /** Whether a wake prefix stood in front. */
  prefixed: boolean
  /** Whether the message is for the bot. */
  addressed: boolean
}

export type Role = 'admin' | 'member'

/** What a stage says: go on, or go no further, perhaps with a word to the sender. */
export type Verdict = { goOn: true } | { goOn: false; because: string; reply?: string }

/** Looks at a message before anybody answers it. */
export type Stage = (visit: Visit) => Verdict | Promise<Verdict>

export const onward: Verdict = { goOn: true }

export function halt(because: string, reply?: string): Verdict {
  return { goOn: false, because, ...(reply !== undefined && { reply }) }
}

/** Lets a message through one stage after the other; the first that says no ends it. */
export async function passStages(stages: readonly Stage[], visit: Visit): Promise<Verdict> {
  for (const stage of stages) {
    const verdict = await stage(visit)
    if (!verdict.goOn) return verdict
  }
  return onward
}

interface VisitContext extends Pick<Visit, 'replyTo' | 'config' | 'rules' | 'signal'> {
  mayBeAdmin?: boolean
}

/** A message at the door. */
export function newVisit(
  message: InboundMessage,
  { replyTo, config, rules, signal, mayBeAdmin = true }: VisitContext,
): Visit {
  return {
    message,
    replyTo,
    config,
    rules,
    signal,
    role: mayBeAdmin && adminIds(config).includes(message.sender.id) ? 'admin' : 'member',
    text: message.text.trim(),
    quoted: message.components.map(part => (part.type === 'reply' ? (part.text ?? '') : '')).join(''),
    prefixed: false,
    addressed: false,
  }
}

/** The texts of a list in the configuration; numbers count as texts. */
export function texts(list: readonly ReadonlyJson[]): string[] {
  return list.filter(entry => typeof entry === 'string' || typeof entry === 'number').map(String)
}
