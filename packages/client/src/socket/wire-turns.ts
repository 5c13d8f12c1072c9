import type { ChatEvent } from '../chat/types.ts'
import { type ConnectionError, TimeoutError } from '../errors/call-errors.ts'
import { DeliveryError } from './delivery-error.ts'
import type { Frame } from './frame.ts'
import { createOutbox } from './outbox.ts'
import { refusal } from './refusal.ts'

/** How the socket's part in a turn ended: with the turn, or with the connection; `heard`: after some of its events. */
export type Outcome = { lost: ConnectionError | TimeoutError; heard: boolean } | undefined

/** A message to be sent, and who gets its events. */
export interface Carried {
  id: string
  frame: string
  sessionId: string | undefined
  /** `place` is where the event stands in its run, `<run>:<number>`; AstrBot itself does not tell. */
  onEvent(event: ChatEvent, place?: string): void
}

interface WireTurn extends Carried {
  state: 'queued' | 'sent' | 'heard'
  /** Waits `timeout` from now on. */
  watch(): void
  settle(outcome: Outcome): void
  fail(error: unknown): void
}

export interface WireOptions {
  /** Sends a text. False when there is no open connection. */
  send(text: string): boolean
  bufferedAmount(): number
  /** Whether several messages may be on their way before the server has said anything of the first. */
  many: boolean
  /** Turns that may run at once. */
  parallel: number
  /** Bytes that may wait for the connection. */
  limit: number
  /** Milliseconds a message may wait to be sent, and then for its first event; 0 for ever. */
  timeout: number
}

/** The turns of a socket: sends their messages, and tells the frames of the server apart. */
export interface WireTurns {
  /** Whether any turn is going on. */
  readonly busy: boolean
  /** Whether the server numbers its events; AstrBot itself does not. */
  readonly numbers: boolean
  /** Sends a message and hands over its events. @throws DeliveryError, APIError, the reason of the signal */
  carry(carried: Carried, signal: AbortSignal): Promise<Outcome>
  /** False: the frame belongs to no turn. */
  take(frame: Frame): boolean
  /** Sends what waits. */
  pump(): void
  /** Where a message is: waiting, on the wire, or neither. */
  stateOf(id: string): WireTurn['state'] | undefined
  /** Takes a message back that has not been sent. */
  recall(id: string): void
  /** The connection broke: what was on it is lost to the socket, what waits goes on waiting. */
  lose(error: ConnectionError): void
  /** No connection will come; answers the ids of what has never been sent. */
  end(error: unknown): string[]
}

/** A frame may have 16 MiB. */
const largestFrame = 16 * 1024 * 1024
/** Milliseconds until a full send buffer is looked at again: sockets do not tell when it has room. */
const bufferPoll = 20

export function createWireTurns({ send, bufferedAmount, many, parallel, limit, timeout }: WireOptions): WireTurns {
  const turns = new Map<string, WireTurn>()
  /** Whether the server numbers its events, as AstrBot itself does not. */
  let numbers = false
  /** The turn that spoke last; frames that name none go to it. */
  let current: WireTurn | undefined
  let poll: ReturnType<typeof setTimeout> | undefined

  const onWire = () => [...turns.values()].filter(turn => turn.state !== 'queued')
  const unheard = () => onWire().find(turn => turn.state === 'sent')

  const outbox = createOutbox<WireTurn>({
    limit,
    largest: largestFrame,
    ready() {
      if (bufferedAmount() >= limit) {
        clearTimeout(poll)
        poll = setTimeout(outbox.pump, bufferPoll)
        return false
      }
      const running = onWire()
      return running.length < parallel && (many || !running.some(turn => turn.state === 'sent'))
    },
    send(turn, text) {
      if (!send(text)) return false
      turn.state = 'sent'
      turn.watch()
      return true
    },
  })

  function carry(carried: Carried, signal: AbortSignal): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const giveUp = () => turn.fail(signal.reason)
      function over(): void {
        clearTimeout(timer)
        signal.removeEventListener('abort', giveUp)
        turns.delete(turn.id)
        if (current === turn) current = undefined
        outbox.remove(turn)
        outbox.pump()
      }
      function late(): void {
        const error = new TimeoutError(timeout)
        // Where messages are answered one after the other, this one waits for its turn.
        if (turn.state === 'heard') return
        if (onWire().some(one => one.state === 'heard')) turn.watch()
        else if (turn.state === 'queued') turn.fail(new DeliveryError('not_sent', error))
        else turn.settle({ lost: error, heard: false })
      }
      const turn: WireTurn = {
        ...carried,
        state: 'queued',
        watch() {
          clearTimeout(timer)
          if (timeout > 0) timer = setTimeout(late, timeout)
        },
        settle(outcome) {
          over()
          resolve(outcome)
        },
        fail(error) {
          over()
          reject(error)
        },
      }
      if (signal.aborted) return reject(signal.reason)
      signal.addEventListener('abort', giveUp)
      turn.watch()
      turns.set(turn.id, turn)
      try {
        outbox.add(turn, turn.frame)
      } catch (error) {
        turn.fail(error)
      }
    })
  }

  function tell(turn: WireTurn, event: ChatEvent, place?: string): void {
    const first = turn.state !== 'heard'
    turn.state = 'heard'
    current = turn
    try {
      // Not every socket names the session, which is the first event of a turn everywhere else.
      if (first && event.type !== 'session_id' && turn.sessionId !== undefined)
        turn.onEvent({ type: 'session_id', data: null, session_id: turn.sessionId, message_id: turn.id })
      turn.onEvent(event, place)
    } catch (error) {
      turn.fail(error)
      return
    }
    if (event.type === 'session_id') turn.sessionId = event.session_id
    if (event.type === 'end') turn.settle(undefined)
    else if (first) outbox.pump()
  }

  function tellEnd(turn: WireTurn): void {
    tell(turn, { type: 'end', data: '', streaming: false, message_id: turn.id })
  }

  /** A frame was refused, or a turn broke or was interrupted. */
  function takeError(turn: WireTurn, frame: Frame, place: string | undefined): void {
    const code = typeof frame.code === 'string' ? frame.code : ''
    const message = String(frame.data)
    if (code === 'INTERRUPTED') {
      endSoon(turn)
      return
    }
    // Words in capitals are the socket's; nothing of the turn follows them.
    const final = frame.t === 'error' || code === code.toUpperCase()
    if (final && turn.state !== 'heard') {
      turn.fail(refusal(message, code))
      return
    }
    const cause = typeof frame.cause === 'string' ? { cause: frame.cause } : {}
    const name = code.toLowerCase() || 'run_failed'
    tell(turn, { type: 'error', data: message, code: name, ...cause, message_id: turn.id }, place)
    if (final) tellEnd(turn)
  }

  /** AstrBot itself says nothing more of a turn that was interrupted; this project's server goes on to its `end`. */
  function endSoon(turn: WireTurn): void {
    if (!numbers) tellEnd(turn)
  }

  /** The turn of a frame. Older servers leave the name out of some. */
  function turnOf({ message_id: id, session_id: session, type, code }: Frame, failed: boolean): WireTurn | undefined {
    if (typeof id === 'string') return turns.get(id)
    if (failed && code !== 'PROCESSING_ERROR') return unheard() ?? current
    if (typeof session === 'string' && type !== 'session_id') {
      const known = onWire().find(turn => turn.sessionId === session)
      if (known) return known
    }
    return current ?? onWire()[0]
  }

  return {
    get busy() {
      return onWire().length > 0
    },
    get numbers() {
      return numbers
    },
    carry,
    take(frame) {
      const failed = frame.type === 'error' || frame.t === 'error'
      if (failed && frame.code === 'INTERRUPTED' && frame.message_id === undefined) {
        onWire().forEach(endSoon)
        return true
      }
      if (!failed && typeof frame.type !== 'string') return false
      const turn = turnOf(frame, failed)
      if (!turn) return false
      const { ct: _, id, ...event } = frame
      const place = typeof id === 'string' ? id : undefined
      numbers ||= place !== undefined
      // The boundary: an event is what its `type` says; the accumulator guards against the rest.
      if (failed) takeError(turn, frame, place)
      else tell(turn, event as unknown as ChatEvent, place)
      return true
    },
    pump: outbox.pump,
    stateOf: id => turns.get(id)?.state,
    recall: id => turns.get(id)?.fail(new DeliveryError('not_sent')),
    lose(error) {
      for (const turn of onWire()) turn.settle({ lost: error, heard: turn.state === 'heard' })
    },
    end(error) {
      clearTimeout(poll)
      const waiting = outbox.empty()
      for (const turn of waiting) turn.fail(new DeliveryError('not_sent', error))
      return waiting.map(({ id }) => id)
    },
  }
}
