import type { ChatEvent, NumberedEvent, Run } from '@astrbot/core'
import type { Connection } from './connection.ts'
import { BadFrame } from './frames.ts'

/** Turns of one socket that may run or wait at once. */
const mostTurns = 64

/** How an event of a run becomes a frame; undefined for events that the protocol does not tell. */
export type FrameOf = (event: ChatEvent, place: EventPlace) => object | undefined

/** Where an event belongs. */
export interface EventPlace {
  messageId: string
  sessionId: string
  /** `<run>:<number>` */
  id: string
}

interface Turn {
  run?: Run
  interrupted: boolean
}

/** The turns of one socket, by the ids that their frames carry. Each is one more reader of its run. */
export class SocketTurns {
  readonly #connection: Connection
  readonly #frameOf: FrameOf
  readonly #active = new Map<string, Turn>()
  #last: Promise<void> = Promise.resolve()

  constructor(connection: Connection, frameOf: FrameOf) {
    this.#connection = connection
    this.#frameOf = frameOf
  }

  /** Takes an id for a turn. @throws BadFrame when it is taken, or there are too many turns */
  reserve(messageId: string): void {
    if (this.#active.has(messageId)) throw new BadFrame('Duplicate active message_id')
    if (this.#active.size >= mostTurns) throw new BadFrame(`More than ${mostTurns} turns at once`)
    this.#active.set(messageId, { interrupted: false })
  }

  /** Gives an id back whose turn did not begin. */
  release(messageId: string): void {
    this.#active.delete(messageId)
  }

  /** Tells a run under a reserved id until it is over. The run goes on when the socket does not. */
  async tell(messageId: string, run: Run): Promise<void> {
    const turn = this.#active.get(messageId)
    if (turn) turn.run = run
    if (turn?.interrupted) run.controller.abort()
    const { link } = this.#connection
    try {
      for await (const batch of run.follow()) {
        if (link.ended.aborted) return
        await link.sendAll(this.#frames(batch, messageId, run))
      }
    } finally {
      this.release(messageId)
    }
  }

  *#frames(batch: readonly NumberedEvent[], messageId: string, { info }: Run): Generator<object> {
    for (const { seq, event } of batch) {
      const place = { messageId, sessionId: info.sessionId, id: `${info.runId}:${seq}` }
      const frame = this.#frameOf(event, place)
      if (frame) yield frame
    }
  }

  /** Whether the socket follows a turn of a session. */
  isTelling(sessionId: string): boolean {
    return [...this.#active.values()].some(({ run }) => run?.info.sessionId === sessionId)
  }

  /** Does work when that of all earlier calls is done. */
  inOrder(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work)
    return this.#last
  }

  /** Stops one turn, or all. What was said so far is still told, up to `end`. */
  interrupt(messageId: string | undefined): void {
    const turns = messageId === undefined ? [...this.#active.values()] : [this.#active.get(messageId)]
    for (const turn of turns) {
      if (!turn) continue
      turn.interrupted = true
      turn.run?.controller.abort()
    }
  }
}
