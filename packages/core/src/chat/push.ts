import { isoTime } from '../time.ts'
import type { Run } from './run.ts'
import type { Runs } from './runs.ts'
import type { ChatServices } from './services.ts'
import { findSession, findThread, insertMessage, touch } from './store.ts'
import type { ChatEvent, MessagePart } from './types.ts'

/** A message that the bot has said by itself, outside of any turn. */
export interface PushedMessage {
  /** The session or side thread; it need not exist any more. */
  sessionId: string
  /** Of the stored message. */
  id: number
  parts: readonly MessagePart[]
  createdAt: number
}

export type PushListener = (message: PushedMessage) => void

/** Messages that the bot says without having been asked. */
export class Pushes {
  readonly #services: Pick<ChatServices, 'store' | 'clock'>
  readonly #runs: Runs
  readonly #listeners: PushListener[] = []

  constructor(services: Pick<ChatServices, 'store' | 'clock'>, runs: Runs) {
    this.#services = services
    this.#runs = runs
  }

  /** Registers who tells people of such messages, beside the turns that run. */
  onPush(listener: PushListener): void {
    this.#listeners.push(listener)
  }

  /** Stores a message of the bot, and lets the running turns of its session tell of it. */
  async push(sessionId: string, parts: readonly MessagePart[]): Promise<void> {
    const { store, clock } = this.#services
    const now = clock.now()
    const id = await store.db.transaction().execute(async transaction => {
      const session = await findSession(transaction, sessionId)
      const thread = session ? undefined : await findThread(transaction, sessionId)
      if (session || thread) await touch(transaction, { kind: thread ? 'thread' : 'session', id: sessionId }, now)
      return insertMessage(transaction, {
        platform_id: session?.platform_id ?? (thread ? 'webchat_thread' : 'webchat'),
        user_id: sessionId,
        sender_id: 'bot',
        sender_name: 'bot',
        content: JSON.stringify({ type: 'bot', message: parts }),
        llm_checkpoint_id: null,
        created_at: now,
        updated_at: now,
      })
    })
    const message = { sessionId, id, parts, createdAt: now }
    for (const run of this.#runs.of(sessionId)) run.publishAside(pushEvents(message, run.info.runId))
    for (const listener of this.#listeners) listener(message)
  }
}

/** How the stream of a turn tells of such a message. */
function pushEvents(message: PushedMessage, runId: Run['info']['runId']): ChatEvent[] {
  return [...said(message, runId), complete(message, runId), { type: 'message_saved', data: savedAs(message) }]
}

/** The same outside of turns, where AstrBot ends with `complete`. */
export function pushedAlone(message: PushedMessage, messageId: string): ChatEvent[] {
  return [...said(message, messageId), { ...complete(message, messageId), saved: savedAs(message) }]
}

function said({ parts }: PushedMessage, runId: string): ChatEvent[] {
  const common = { streaming: true, message_id: runId }
  return parts.flatMap((part): ChatEvent[] => {
    switch (part.type) {
      case 'plain':
        return [{ type: 'plain', data: part.text, chain_type: null, ...common }]
      case 'image':
      case 'record':
      case 'video':
        return [{ type: part.type, data: `[${part.type.toUpperCase()}]${storedName(part)}`, ...common }]
      case 'file':
        return [{ type: 'file', data: `[FILE]${storedName(part)}|${part.filename ?? ''}`, ...common }]
      default:
        return []
    }
  })
}

function complete({ parts }: PushedMessage, runId: string): Extract<ChatEvent, { type: 'complete' }> {
  const text = parts.map(part => (part.type === 'plain' ? part.text : '')).join('')
  return { type: 'complete', data: text, chain_type: null, streaming: true, message_id: runId }
}

function savedAs({ id, createdAt }: PushedMessage) {
  return { id, created_at: isoTime(createdAt), llm_checkpoint_id: null }
}

function storedName({ filename, stored_filename: stored }: { filename?: string; stored_filename?: string }): string {
  return stored ?? filename ?? ''
}
