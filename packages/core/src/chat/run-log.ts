import type { ChatEvent } from './types.ts'

/** Events of a run as its log keeps them. `asides` belong to messages beside the answer. */
export function logPiece(events: readonly ChatEvent[], asides: WeakSet<ChatEvent>): string {
  return JSON.stringify(events.map(event => (asides.has(event) ? { ...event, aside: true } : event)))
}

/** What a piece of a log holds. */
export function readLogPiece(piece: string): { event: ChatEvent; aside: boolean }[] {
  const logged = JSON.parse(piece) as (ChatEvent & { aside?: true })[]
  return logged.map(({ aside = false, ...event }) => ({ event: event as ChatEvent, aside }))
}
