import type { Schemas } from '@astrbot/contract'
import { AstrBotError } from '../errors.ts'
import type { Visit } from '../pipeline/index.ts'
import type { Store } from '../store/index.ts'
import { webchatUmo } from '../umo.ts'
import { type ChatCaller, mayBeAdmin, ownerOf, usableRun, usableSession } from './access.ts'
import { Edits } from './edits.ts'
import { incoming, quoted } from './incoming.ts'
import { SessionListeners } from './listeners.ts'
import { platformPlace, sessionPlace, voicePlace } from './place.ts'
import { type PushedMessage, Pushes, type PushListener } from './push.ts'
import { recoverRuns } from './recover.ts'
import type { Run } from './run.ts'
import { readLogPiece } from './run-log.ts'
import { type AnswerOptions, Runs } from './runs.ts'
import type { ChatServices } from './services.ts'
import { ChatSessions } from './sessions.ts'
import {
  deleteRunsBefore,
  findRun,
  findSession,
  findThread,
  listMessages,
  renameOwner,
  runEventsAfter,
} from './store.ts'
import { Threads } from './threads.ts'
import type { MessagePart, NumberedEvent } from './types.ts'
import { runSnapshot } from './views.ts'

const runRetentionMs = 24 * 60 * 60 * 1000

/** A message to the bot. */
export interface SendRequest extends AnswerOptions {
  message?: Schemas['ChatInput'] | undefined
  /** A key may leave it out and gets a new session. */
  sessionId?: string | undefined
  /** The configuration profile the session is to use from now on. */
  profileId?: string | undefined
  /** The checkpoint of the latest user message, when that is to be answered (again) instead of a new one. */
  answerCheckpoint?: string | undefined
  /** The id its run is to have: one that is taken is refused, so that a message sent twice is answered once. */
  runId?: string | undefined
}

/** A message of another platform that is to be answered. */
export interface PlatformTurn {
  visit: Visit
  /** Its files. */
  parts: readonly MessagePart[]
  /** What was said around it, in a group. */
  reminder: string | undefined
  streaming: boolean
}

/** What to follow of a run: a snapshot first, or the events after a number. */
export interface Resumed {
  run: { runId: string }
  snapshot?: Schemas['ChatRunSnapshot']
  events: AsyncIterable<NumberedEvent[]>
}

/** Chats with the bot: sessions, their messages, and the runs that answer. */
export class Chat {
  readonly sessions: ChatSessions
  readonly threads: Threads
  readonly edits: Edits
  /** Messages that the bot says without having been asked. */
  readonly pushes: Pushes
  readonly #services: ChatServices
  readonly #runs: Runs
  readonly #listeners = new SessionListeners()

  constructor(services: ChatServices) {
    this.#services = services
    this.#runs = new Runs(services)
    this.sessions = new ChatSessions(services, this.#runs)
    this.threads = new Threads(services, this.#runs)
    this.edits = new Edits(services, this.#runs)
    this.pushes = new Pushes(services, this.#runs)
    this.pushes.onPush(message => void this.#tell(message))
  }

  /** Ends what a crash left running, and forgets the event logs of runs that ended a day ago. */
  async start(): Promise<void> {
    const { store, clock, log } = this.#services
    const count = await recoverRuns(this.#services)
    if (count > 0)
      log.warn({ runs: count }, 'turns were cut off by the last stop of the server and are marked interrupted')
    await deleteRunsBefore(store.db, clock.now() - runRetentionMs)
  }

  /** Lets running turns finish for a while, then cuts them off; what they said stays. */
  async stop(patienceMs: number): Promise<void> {
    await this.#runs.stop(patienceMs)
  }

  /**
   * Stores a message and starts the turn that answers it. The run goes on when nobody follows it.
   * @throws message_missing, message_empty, session_id_missing, session_of_another_user, permission_denied, invalid_session_id,
   * run_exists
   */
  async send(caller: ChatCaller, request: SendRequest): Promise<Run> {
    const { store, routes, ids } = this.#services
    const { message, answerCheckpoint, profileId, runId } = request
    if (message === undefined) throw new AstrBotError('message_missing')
    // Before a session is made for it.
    if (runId !== undefined && (await findRun(store.db, runId))) throw new AstrBotError('run_exists')
    const sessionId = this.#sessionIdOf(caller, request.sessionId)
    const parts = await incoming(this.#services, caller, message)
    return this.#runs.alone([sessionId], async () => {
      const place = sessionPlace(await this.sessions.open(caller, sessionId))
      // Asked for again while it is on its way, it is still one answer.
      const running = this.#runs.of(sessionId).find(({ info }) => info.checkpointId === answerCheckpoint)
      if (running) return running
      const answered = answerCheckpoint ? await this.#unanswered(sessionId, answerCheckpoint) : false
      if (profileId !== undefined) await routes.setOrigin(place.umo, profileId)
      return this.#runs.begin({
        place,
        apiKeyId: caller.apiKeyId,
        mayBeAdmin: mayBeAdmin(caller),
        checkpointId: answered && answerCheckpoint ? answerCheckpoint : ids.uuid(),
        runId,
        quoted: await quoted(store.db, sessionId, parts),
        parts,
        storeMessage: !answered,
        options: request,
      })
    })
  }

  /**
   * Starts a turn of a voice session: what is said is remembered by the model under the id of the session, and neither
   * stored as a message nor shown.
   */
  converse(caller: ChatCaller, voiceSessionId: string, text: string): Promise<Run> {
    const { ids } = this.#services
    const place = voicePlace(ownerOf(caller), voiceSessionId, caller.apiKeyId)
    const parts = [{ type: 'plain' as const, text }]
    return this.#runs.begin({
      place,
      apiKeyId: caller.apiKeyId,
      mayBeAdmin: mayBeAdmin(caller),
      checkpointId: ids.uuid(),
      parts,
      storeMessage: false,
      options: { streaming: true },
    })
  }

  /** Starts the turn that answers a message of another platform, which has passed the stages that stand before. */
  answer({ visit, parts, reminder, streaming }: PlatformTurn): Promise<Run> {
    const { message, quoted } = visit
    return this.#runs.begin({
      place: platformPlace(message.umo),
      apiKeyId: null,
      checkpointId: this.#services.ids.uuid(),
      quoted,
      reminder,
      parts: [...parts],
      storeMessage: false,
      options: { streaming },
      visit,
    })
  }

  /**
   * Follows a run. Without a position it must still be running, and a snapshot comes first; from a position on every
   * event comes once, also when the run is over.
   * @throws run_unavailable
   */
  async resume(caller: ChatCaller, runId: string, after: number | undefined): Promise<Resumed> {
    const { store } = this.#services
    const stored = usableRun(caller, await findRun(store.db, runId))
    const active = this.#runs.find(runId)
    if (after !== undefined) {
      return { run: { runId }, events: active ? active.follow(after) : storedEvents(store, stored.run_id, after) }
    }
    if (!active || active.isOver) throw new AstrBotError('run_unavailable')
    const snapshot = runSnapshot(active)
    return { run: { runId }, snapshot, events: active.follow(snapshot.revision) }
  }

  /**
   * Hears what the bot says to a session by itself from now on; answers how to stop. The session may be made later.
   * @throws permission_denied
   */
  async listen(caller: ChatCaller, sessionId: string, hear: PushListener): Promise<() => void> {
    const session = await findSession(this.#services.store.db, sessionId)
    if (session) usableSession(caller, sessionId, session)
    return this.#listeners.add(sessionId, caller, hear)
  }

  /** Sessions and runs follow their owner through a change of name. */
  async renameUser(from: string, to: string): Promise<void> {
    const { store, conversations, origins, sessions, routes } = this.#services
    await renameOwner(store.db, from, to)
    for (const part of [conversations, origins, sessions.groups, routes]) {
      await part.renameOrigins(webchatUmo(from, ''), webchatUmo(to, ''))
    }
  }

  async #tell(message: PushedMessage): Promise<void> {
    const { store, log } = this.#services
    if (!this.#listeners.has(message.sessionId)) return
    try {
      const { sessionId } = message
      const place = (await findSession(store.db, sessionId)) ?? (await findThread(store.db, sessionId))
      if (place) this.#listeners.tell(message, place)
    } catch (error) {
      log.error({ err: error }, 'a message of the bot was not told')
    }
  }

  #sessionIdOf(caller: ChatCaller, given: string | undefined): string {
    const sessionId = given?.trim()
    if (sessionId) return sessionId
    if (caller.apiKeyId === null)
      throw new AstrBotError(given === undefined ? 'session_id_missing' : 'session_id_empty')
    return this.#services.ids.uuid()
  }

  /** True when the latest message of the session is the user's with this checkpoint. */
  async #unanswered(sessionId: string, checkpointId: string): Promise<boolean> {
    const [latest] = await listMessages(this.#services.store.db, sessionId, 1, 0)
    return latest?.llm_checkpoint_id === checkpointId && latest.sender_id !== 'bot'
  }
}

async function* storedEvents({ db }: Store, runId: string, after: number): AsyncGenerator<NumberedEvent[]> {
  for (const { first_seq, events } of await runEventsAfter(db, runId, after)) {
    const batch = readLogPiece(events).map(({ event }, i) => ({ seq: first_seq + i, event }))
    const wanted = batch.filter(({ seq }) => seq > after)
    if (wanted.length > 0) yield wanted
  }
}
