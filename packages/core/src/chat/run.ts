import type { Kysely } from 'kysely'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Database } from '../store/index.ts'
import { Recorder } from './recorder.ts'
import { logPiece } from './run-log.ts'
import { finishRun, insertRunEvents } from './store.ts'
import type { ChatEvent, NumberedEvent, RunStatus } from './types.ts'

const flushMs = 250

/** What identifies a turn. */
export interface RunInfo {
  runId: string
  sessionId: string
  umo: string
  username: string
  apiKeyId: string | null
  checkpointId: string
}

/**
 * One turn of the bot as an append-only list of numbered events. Any number of readers follow it at their own pace;
 * what they have not read is never dropped. Events reach the store in batches, at most 250 ms after they happened.
 */
export class Run {
  readonly info: RunInfo
  readonly controller = new AbortController()
  status: RunStatus = 'running'
  readonly #events: ChatEvent[] = []
  /** Events of messages that are none of this turn's. */
  readonly #asides = new WeakSet<ChatEvent>()
  readonly #db: Kysely<Database>
  readonly #clock: Clock
  readonly #log: Logger
  #wake = Promise.withResolvers<void>()
  #stored = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(info: RunInfo, db: Kysely<Database>, clock: Clock, log: Logger) {
    this.info = info
    this.#db = db
    this.#clock = clock
    this.#log = log
  }

  /** The number of the latest event. */
  get revision(): number {
    return this.#events.length
  }

  get isOver(): boolean {
    return this.#events.at(-1)?.type === 'end'
  }

  /** Adds an event and lets every reader have it. */
  publish(event: ChatEvent): void {
    if (this.isOver) throw new Error('a run publishes nothing after its end')
    this.#events.push(event)
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
    this.#timer ??= setTimeout(() => this.#flush(), flushMs)
  }

  /** Tells readers of a message beside the answer, which does not become a part of it. */
  publishAside(events: readonly ChatEvent[]): void {
    for (const event of events) {
      if (this.isOver) return
      this.#asides.add(event)
      this.publish(event)
    }
  }

  /** Everything after the event numbered `after`, in batches, until the run is over. */
  async *follow(after = 0): AsyncGenerator<NumberedEvent[]> {
    let next = after
    for (;;) {
      const wake = this.#wake.promise
      if (next < this.#events.length) {
        const from = next
        const batch = this.#events.slice(from)
        next += batch.length
        yield batch.map((event, i) => ({ seq: from + i + 1, event }))
      } else if (this.isOver) return
      else await wake
    }
  }

  /** The message so far. */
  content(): ReturnType<Recorder['content']> {
    const recorder = new Recorder()
    for (const event of this.#events) if (!this.#asides.has(event)) recorder.add(event)
    return recorder.content()
  }

  /** Publishes `end`, and answers when the whole run is stored. */
  async finish(status: RunStatus): Promise<void> {
    this.status = status
    this.publish({ type: 'end', data: '', streaming: false, message_id: this.info.runId })
    this.#flush()
    await this.#writing
    await finishRun(this.#db, this.info.runId, status, this.#clock.now())
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const first = this.#stored + 1
    const batch = this.#events.slice(this.#stored)
    if (batch.length === 0) return
    this.#stored += batch.length
    this.#writing = this.#writing
      .then(() => insertRunEvents(this.#db, this.info.runId, first, logPiece(batch, this.#asides)))
      .catch((error: unknown) =>
        this.#log.error({ err: error, runId: this.info.runId }, 'events of a run were not stored'),
      )
  }
}
