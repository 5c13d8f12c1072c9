import type { Schemas } from '@astrbot/contract'
import { createValidators } from '@astrbot/testing'
import { contract } from './contract.ts'

export type ChatEvent = Schemas['ChatEvent']

/** One event of a stream as it came. */
export interface Received {
  id: string
  event: ChatEvent
  /** When it came, by `performance.now()`. */
  at: number
}

const problemsOf = createValidators({ ...contract }).at('components', 'schemas', 'ChatEvent')

/** Takes Server-Sent Events apart as they come. Every event is held against the contract. */
export class EventReader {
  /** The comments that came, such as heartbeats. */
  readonly comments: string[] = []
  #rest = ''

  /** Takes the next piece of text and answers the events it completes. */
  push(text: string): Received[] {
    const frames = (this.#rest + text).split('\n\n')
    this.#rest = frames.pop() ?? ''
    return frames.flatMap(frame => this.#frame(frame))
  }

  #frame(frame: string): Received[] {
    const lines = frame.split('\n')
    this.comments.push(...lines.filter(line => line.startsWith(':')).map(line => line.slice(1).trim()))
    const field = (name: string) =>
      lines.filter(line => line.startsWith(`${name}: `)).map(line => line.slice(name.length + 2))
    const data = field('data').join('\n')
    if (data === '') return []
    const event: unknown = JSON.parse(data)
    const problems = problemsOf(event)
    if (problems.length > 0) throw new Error(`an event breaks the contract: ${problems.join('; ')}\n${data}`)
    return [{ id: field('id')[0] ?? '', event: event as ChatEvent, at: performance.now() }]
  }
}

/** The kinds of events in order, repetitions once: `session_id user_message_saved … end`. */
export function kinds(received: readonly Received[]): string {
  return received
    .map(({ event }) => event.type)
    .filter((type, i, all) => type !== all[i - 1])
    .join(' ')
}

/** The answer that the events spell. */
export function textOf(received: readonly Received[]): string {
  return received.map(({ event }) => (event.type === 'plain' && event.chain_type === null ? event.data : '')).join('')
}

/** The run's id and the number of an event, from its SSE id. */
export function position({ id }: Pick<Received, 'id'>): { run: string; seq: number } {
  const at = id.lastIndexOf(':')
  return { run: id.slice(0, at), seq: Number(id.slice(at + 1)) }
}

/** The event of a kind; an error when there is none. */
export function eventOf<T extends ChatEvent['type']>(
  received: readonly Received[],
  type: T,
): Extract<ChatEvent, { type: T }> {
  const found = received.find(({ event }) => event.type === type)?.event
  if (!found) throw new Error(`no ${type} among: ${kinds(received)}`)
  return found as Extract<ChatEvent, { type: T }>
}
