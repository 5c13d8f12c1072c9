import { DeliveryError } from './delivery-error.ts'

/** Texts that wait for the connection, in their order. */
export interface Outbox<T> {
  /** @throws DeliveryError queue_full, message_too_large */
  add(item: T, text: string): void
  /** Takes one back. False: it is not waiting (any more). */
  remove(item: T): boolean
  /** Sends what can be sent now. */
  pump(): void
  /** Takes everything back. */
  empty(): T[]
}

export interface OutboxOptions<T> {
  /** Bytes that may wait. One text may always. */
  limit: number
  /** Bytes one text may have. */
  largest: number
  /** Whether the next text may go out now. */
  ready(): boolean
  /** Hands a text to the connection. False: it took nothing. */
  send(item: T, text: string): boolean
}

const encoder = new TextEncoder()

export function createOutbox<T>({ limit, largest, ready, send }: OutboxOptions<T>): Outbox<T> {
  const waiting: { item: T; text: string; bytes: number }[] = []
  let total = 0

  function pump(): void {
    for (let next = waiting[0]; next && ready(); next = waiting[0]) {
      // Out of the queue first: sending may call back.
      waiting.shift()
      if (!send(next.item, next.text)) {
        waiting.unshift(next)
        return
      }
      total -= next.bytes
    }
  }

  return {
    add(item, text) {
      const bytes = encoder.encode(text).length
      if (bytes > largest) throw new DeliveryError('message_too_large')
      if (waiting.length > 0 && total + bytes > limit) throw new DeliveryError('queue_full')
      waiting.push({ item, text, bytes })
      total += bytes
      pump()
    },
    remove(item) {
      const at = waiting.findIndex(one => one.item === item)
      if (at < 0) return false
      total -= waiting[at]?.bytes ?? 0
      waiting.splice(at, 1)
      return true
    },
    pump,
    empty() {
      total = 0
      return waiting.splice(0).map(({ item }) => item)
    },
  }
}
