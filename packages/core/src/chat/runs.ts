import type { Kysely } from 'kysely'
import { FollowUps } from '../agent/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Visit } from '../pipeline/index.ts'
import type { Database } from '../store/index.ts'
import { isoTime } from '../time.ts'
import type { Place } from './place.ts'
import type { Reference } from './prompt.ts'
import { Run } from './run.ts'
import type { ChatServices } from './services.ts'
import { SessionQueue } from './session-queue.ts'
import { findRun, insertMessage, insertRun, touch } from './store.ts'
import { Titles } from './titles.ts'
import { Turns } from './turns.ts'
import type { MessagePart } from './types.ts'

/** How a turn is to be answered. */
export interface AnswerOptions {
  streaming: boolean
  providerId?: string | undefined
  model?: string | undefined
  /** Whether a chat without a persona gets a prompt of ours; true when absent. */
  defaultPrompt?: boolean | undefined
  /** Whether the answer may hold HTML to be drawn; false when absent. */
  inlineHtml?: boolean | undefined
}

/** A turn that is to begin. */
export interface NewTurn extends Reference {
  place: Place
  /** The key that asks; null for the dashboard. */
  apiKeyId: string | null
  /** Whether the sender may have an administrator's rights; true when absent. */
  mayBeAdmin?: boolean | undefined
  checkpointId: string
  /** The id of the run, when the caller has chosen one. */
  runId?: string | undefined
  parts: MessagePart[]
  /** Whether the message is new and has to be stored. */
  storeMessage: boolean
  /** The number of the answer, when it takes the place of an earlier one. */
  answerId?: number | undefined
  options: AnswerOptions
  /** The message, when it has passed the stages already. */
  visit?: Visit
  /** What has to happen together with the beginning, in its transaction. */
  prepare?(transaction: Kysely<Database>): Promise<void>
}

/** The turns that run right now. */
export class Runs {
  readonly #services: ChatServices
  readonly #titles: Titles
  readonly #turns: Turns
  readonly #active = new Map<string, { run: Run; done: Promise<void> }>()
  readonly #changes = new SessionQueue()
  /** No turn runs on any more. */
  #stopped = false

  constructor(services: ChatServices) {
    this.#services = services
    this.#titles = new Titles(services)
    const stopOthers = (umo: string, runId: string) => this.#abortOthers(umo, runId)
    this.#turns = new Turns({ ...services, titles: this.#titles, followUps: new FollowUps(), stopOthers })
  }

  /**
   * Does `work` while nobody else begins turns in, changes or removes those sessions and threads. A thread's id comes
   * after the id of its session, or two of these could wait for each other.
   */
  async alone<T>([id, ...others]: readonly string[], work: () => Promise<T>): Promise<T> {
    if (id === undefined) return work()
    const leave = await this.#changes.enter(id)
    try {
      return await this.alone(others, work)
    } finally {
      leave()
    }
  }

  /**
   * Stores a turn and starts it, in a place the caller holds by `alone`. It goes on when nobody follows it.
   * @throws run_exists
   */
  async begin(turn: NewTurn): Promise<Run> {
    const { place, apiKeyId, checkpointId, parts, storeMessage, options, prepare } = turn
    const { mayBeAdmin, answerId, quoted, excerpt, reminder, visit } = turn
    const { store, origins, clock, ids, log } = this.#services
    const runId = turn.runId ?? ids.uuid()
    const info = { runId, sessionId: place.id, umo: place.umo, username: place.creator, apiKeyId, checkpointId }
    const now = clock.now()
    const rowId = await store.db.transaction().execute(async transaction => {
      await prepare?.(transaction)
      if (turn.runId !== undefined && (await findRun(transaction, runId))) throw new AstrBotError('run_exists')
      await insertRun(transaction, {
        run_id: runId,
        session_id: place.id,
        umo: place.umo,
        username: place.creator,
        api_key_id: apiKeyId,
        llm_checkpoint_id: checkpointId,
        status: 'running',
        created_at: now,
        finished_at: null,
      })
      await touch(transaction, place, now)
      // Of other platforms the pipeline knows better names.
      if (place.kind !== 'platform') await origins.noteSpeaker(place.umo, place.creator, place.creator, transaction)
      return storeMessage ? insertMessage(transaction, userRow(place, parts, checkpointId, now)) : undefined
    })

    const run = new Run(info, store.db, clock, log)
    run.publish({ type: 'session_id', data: null, session_id: place.id })
    if (rowId !== undefined) {
      run.publish({
        type: 'user_message_saved',
        data: { id: rowId, created_at: isoTime(now), llm_checkpoint_id: checkpointId },
      })
    }
    const request = { run, place, mayBeAdmin, parts, quoted, excerpt, reminder, visit, answerId, ...options }
    const done = this.#turns.carryOut(request).finally(() => {
      this.#active.delete(runId)
    })
    this.#active.set(runId, { run, done })
    if (this.#stopped) run.controller.abort(new AstrBotError('interrupted'))
    return run
  }

  find(runId: string): Run | undefined {
    return this.#active.get(runId)?.run
  }

  /** The turns that run in a session or thread, waiting ones included. */
  of(id: string): Run[] {
    return this.#of(id).flatMap(({ run }) => (run.isOver ? [] : [run]))
  }

  /** Tells the turns of a session or thread to stop, and answers how many there were. */
  abort(id: string): number {
    const runs = this.of(id)
    for (const run of runs) run.controller.abort()
    return runs.length
  }

  /** Stops the turns of sessions and threads and waits until everything of them is stored. */
  async end(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.abort(id)
    await Promise.all(ids.flatMap(id => this.#of(id).map(({ done }) => done)))
    // Last, as turns that waited may have asked for a title on their way.
    await Promise.all(ids.map(id => this.#titles.drop(id)))
  }

  /** Lets running turns finish for a while, then cuts them off; what they said stays. */
  async stop(patienceMs: number): Promise<void> {
    const settled = Promise.allSettled([...this.#active.values()].map(({ done }) => done))
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>(resolve => {
      timer = setTimeout(resolve, patienceMs)
    })
    await Promise.race([settled, patience])
    clearTimeout(timer)
    this.#stopped = true
    // Turns that began meanwhile are cut off as well.
    while (this.#active.size > 0) {
      const left = [...this.#active.values()]
      for (const { run } of left) run.controller.abort(new AstrBotError('interrupted'))
      await Promise.allSettled(left.map(({ done }) => done))
    }
    await this.#titles.stop()
  }

  /** Tells every turn of a message origin but one to stop, and answers how many there were. */
  #abortOthers(umo: string, runId: string): number {
    const others = [...this.#active.values()]
      .map(({ run }) => run)
      .filter(({ info, isOver }) => info.umo === umo && info.runId !== runId && !isOver)
    for (const run of others) run.controller.abort()
    return others.length
  }

  #of(id: string) {
    return [...this.#active.values()].filter(({ run }) => run.info.sessionId === id)
  }
}

function userRow(place: Place, parts: MessagePart[], checkpointId: string, now: number) {
  return {
    platform_id: place.historyPlatformId,
    user_id: place.id,
    sender_id: place.creator,
    sender_name: place.creator,
    content: JSON.stringify({ type: 'user', message: parts }),
    llm_checkpoint_id: checkpointId,
    created_at: now,
    updated_at: now,
  }
}
