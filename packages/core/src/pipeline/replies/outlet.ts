import type { Component, InboundMessage } from '../../platforms/index.ts'

/** How replies leave: the platforms, as far as replies need them. */
export interface Outlet {
  /** Sends to a message origin, and answers once the platform has taken it. */
  send(umo: string, chain: readonly Component[]): Promise<void>
  /** Puts an emoji to a message, where the platform has such a thing. */
  react(message: InboundMessage, emoji: string): Promise<void>
}
