import { type ChatCaller, mayUse } from './access.ts'
import type { PushedMessage, PushListener } from './push.ts'
import type { SessionRow } from './store.ts'

interface Listening {
  caller: ChatCaller
  hear: PushListener
}

/** Who listens to which session right now. */
export class SessionListeners {
  readonly #of = new Map<string, Set<Listening>>()

  /** Listens from now on; answers how to stop. The session need not exist yet. */
  add(sessionId: string, caller: ChatCaller, hear: PushListener): () => void {
    const listening = { caller, hear }
    const all = this.#of.get(sessionId) ?? new Set()
    this.#of.set(sessionId, all.add(listening))
    return () => {
      all.delete(listening)
      if (all.size === 0 && this.#of.get(sessionId) === all) this.#of.delete(sessionId)
    }
  }

  has(sessionId: string): boolean {
    return this.#of.has(sessionId)
  }

  /** Tells everybody who may use the session of a message. */
  tell(message: PushedMessage, { creator, api_key_id }: Pick<SessionRow, 'creator' | 'api_key_id'>): void {
    for (const { caller, hear } of this.#of.get(message.sessionId) ?? []) {
      if (mayUse(caller, creator, api_key_id)) hear(message)
    }
  }
}
