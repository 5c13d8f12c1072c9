import type { ChatCaller } from '@astrbot/core'
import { ChatProtocol } from './chat-protocol.ts'
import { type Connection, isUnauthorized } from './connection.ts'
import { parseFrame, unifiedCode } from './frames.ts'
import { closeCodes, type Incoming } from './link.ts'
import { LiveProtocol } from './live-protocol.ts'

/** Which protocol a socket speaks: always the same, or as the `ct` of each frame says. */
export type Speaks = 'chat' | 'live' | 'either'

export interface TwoProtocolsOptions {
  caller: ChatCaller
  speaks: Speaks
  /** Whether voice comes with `text_input` and `bot_delta_chunk`. */
  texts: boolean
}

/** The sockets that chat and talk. */
export class TwoProtocols {
  readonly #connection: Connection
  readonly #speaks: Speaks
  readonly #chat: ChatProtocol
  readonly #live: LiveProtocol

  constructor(connection: Connection, { caller, speaks, texts }: TwoProtocolsOptions) {
    this.#connection = connection
    this.#speaks = speaks
    this.#chat = new ChatProtocol(connection, caller)
    this.#live = new LiveProtocol(connection, caller, { texts })
  }

  async handle(incoming: Incoming): Promise<void> {
    const { link } = this.#connection
    try {
      const frame = parseFrame(incoming)
      const isChat = this.#speaks === 'either' ? frame.ct === 'chat' : this.#speaks === 'chat'
      await (isChat ? this.#chat.handle({ ...frame, ct: 'chat' }) : this.#live.handle(withoutMark(frame)))
    } catch (error) {
      if (isUnauthorized(error)) return link.close(closeCodes.policy, error.message)
      const code = unifiedCode(error)
      const data = this.#connection.sentence(error)
      await link.send(this.#speaks === 'chat' ? { ct: 'chat', t: 'error', data, code } : { t: 'error', data, code })
    }
  }

  close(): void {
    this.#chat.close()
    this.#live.close()
  }
}

/** Whatever is not marked as chat is voice. */
function withoutMark<T extends { ct?: unknown }>({ ct: _, ...frame }: T): Omit<T, 'ct'> {
  return frame
}
