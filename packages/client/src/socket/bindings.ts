import type { ChatEvent } from '../chat/types.ts'
import type { Frame } from './frame.ts'

/** The sessions whose unasked messages the server sends over this socket. */
export interface Bindings {
  /** Asks for them. Resolves when the server has agreed. */
  bind(sessionId: string): Promise<void>
  /** Asks again, on a new connection. */
  renew(): void
  /** False: the frame has nothing to do with bindings. */
  take(frame: Frame): boolean
  end(error: unknown): void
}

interface Binding {
  /** What its messages carry. */
  id: string | undefined
  bound: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

export function createBindings(
  send: (text: string) => boolean,
  onMessage: (sessionId: string, event: ChatEvent) => void,
): Bindings {
  const bindings = new Map<string, Binding>()

  const ask = (sessionId: string) => send(JSON.stringify({ ct: 'chat', t: 'bind', session_id: sessionId }))

  function make(sessionId: string): Binding {
    const binding: Binding = { id: undefined, bound: Promise.resolve(), resolve() {}, reject() {} }
    binding.bound = new Promise((resolve, reject) => Object.assign(binding, { resolve, reject }))
    // Nobody need wait for it.
    binding.bound.catch(() => {})
    bindings.set(sessionId, binding)
    return binding
  }

  return {
    bind(sessionId) {
      const known = bindings.get(sessionId)
      if (known) return known.bound
      const { bound } = make(sessionId)
      ask(sessionId)
      return bound
    },
    renew() {
      for (const sessionId of bindings.keys()) ask(sessionId)
    },
    take({ ct: _, id: __, ...frame }) {
      const { type, session_id: sessionId, message_id: id } = frame
      if (typeof id !== 'string') return false
      if (type === 'session_bound' && typeof sessionId === 'string') {
        const binding = bindings.get(sessionId) ?? make(sessionId)
        binding.id = id
        binding.resolve()
        return true
      }
      const found = [...bindings].find(([, binding]) => binding.id === id)
      // The boundary: an event is what its `type` says.
      if (found && typeof type === 'string') onMessage(found[0], frame as unknown as ChatEvent)
      return !!found
    },
    end(error) {
      for (const { reject } of bindings.values()) reject(error)
    },
  }
}
