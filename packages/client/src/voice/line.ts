import { type ConnectionError, IdleTimeoutError } from '../errors/call-errors.ts'
import { DeliveryError } from '../socket/delivery-error.ts'
import { createTurnLog, type TurnLog } from './turn-log.ts'
import type { VoiceEvent, VoiceTurn } from './types.ts'

/** Milliseconds a turn that broke or was interrupted has for its `end`, which AstrBot itself does not send. */
const grace = 250

export interface LineOptions {
  /** False when there is no open connection. */
  send(text: string): boolean
  /** Characters of frames that may wait. */
  limit: number
  /** Milliseconds a turn may be silent; 0 for ever. */
  idleTimeout: number
}

/** What one turn sends. */
export interface Job {
  readonly turn: VoiceTurn
  /** Adds a frame. @throws DeliveryError queue_full */
  write(frame: object): void
  /** No frame follows: the answer does. */
  end(): void
  cancel(cause?: unknown): void
}

/** Turns one after the other: frames of a turn go out when those before it are over. */
export interface Line {
  begin(heard?: string): Job
  pump(): void
  take(event: VoiceEvent): void
  interrupt(): Promise<void>
  lose(error: ConnectionError): void
  end(error: unknown): void
}

interface Entry {
  log: TurnLog
  frames: string[]
  /** How many frames are on the wire. */
  sent: number
  ended: boolean
  timer: ReturnType<typeof setTimeout> | undefined
}

export function createLine({ send, limit, idleTimeout }: LineOptions): Line {
  const entries: Entry[] = []
  let last: TurnLog | undefined
  let closed: { error: unknown } | undefined

  const isRunning = ({ ended, frames, sent }: Entry) => ended && sent === frames.length

  function pump(): void {
    const [entry] = entries
    if (!entry || isRunning(entry)) return
    for (; entry.sent < entry.frames.length; entry.sent++) {
      const frame = entry.frames[entry.sent]
      if (frame === undefined || !send(frame)) return
    }
    if (entry.ended) watch(entry, idleTimeout, () => over(entry, new IdleTimeoutError(idleTimeout)))
  }

  function watch(entry: Entry, milliseconds: number, then: () => void): void {
    clearTimeout(entry.timer)
    if (milliseconds > 0) entry.timer = setTimeout(then, milliseconds)
  }

  function over(entry: Entry, error?: unknown): void {
    const at = entries.indexOf(entry)
    if (at < 0) return
    entries.splice(at, 1)
    clearTimeout(entry.timer)
    last = entry.log
    if (error === undefined) entry.log.finish()
    else entry.log.fail(error)
    pump()
  }

  async function stop(entry: Entry): Promise<void> {
    if (!entries.includes(entry)) return
    if (!isRunning(entry) || !send(JSON.stringify({ t: 'interrupt' })))
      return over(entry, new DeliveryError('not_sent'))
    await entry.log.turn.final().catch(() => {})
  }

  return {
    begin(heard = '') {
      const entry: Entry = {
        log: createTurnLog(heard, () => stop(entry)),
        frames: [],
        sent: 0,
        ended: false,
        timer: undefined,
      }
      if (closed) entry.log.fail(new DeliveryError('not_sent', closed.error))
      else entries.push(entry)
      return {
        turn: entry.log.turn,
        write(frame) {
          if (entry.ended || !entries.includes(entry)) return
          const text = JSON.stringify(frame)
          const kept = entries.flatMap(one => one.frames).reduce((sum, one) => sum + one.length, 0)
          if (kept + text.length > limit) throw new DeliveryError('queue_full')
          entry.frames.push(text)
          pump()
        },
        end() {
          entry.ended = true
          pump()
        },
        cancel: cause => over(entry, new DeliveryError('not_sent', cause)),
      }
    },
    pump,
    take(event) {
      const [entry] = entries
      const mine = entry && (isRunning(entry) || (event.t === 'error' && entry.sent > 0))
      if (!mine) {
        // The last times come after the end.
        if (event.t === 'metrics') last?.add(event)
        return
      }
      entry.log.add(event)
      if (event.t === 'end') over(entry)
      else if (event.t === 'error' || event.t === 'stop_play') watch(entry, grace, () => over(entry))
      else watch(entry, idleTimeout, () => over(entry, new IdleTimeoutError(idleTimeout)))
    },
    async interrupt() {
      const [entry] = entries
      if (entry) await stop(entry)
    },
    lose(error) {
      const [entry] = entries
      if (!entry) return
      // A turn belongs to its connection. What is still being said is said again on the next one.
      if (isRunning(entry)) over(entry, error)
      else entry.sent = 0
    },
    end(error) {
      closed = { error }
      for (const entry of entries.slice()) over(entry, new DeliveryError('not_sent', error))
    },
  }
}
