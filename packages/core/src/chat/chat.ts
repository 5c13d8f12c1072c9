import type { Schemas } from '@astrbot/contract'
import type { Clock } from '../clock.ts'
import type { Routes } from '../config/index.ts'
import type { Conversations } from '../conversations/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Files } from '../files/index.ts'
import type { Ids } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { Origins } from '../origins/index.ts'
import type { Personas } from '../personas/index.ts'
import type { Providers } from '../providers/model.ts'
import type { Sessions } from '../sessions/index.ts'
import type { Store } from '../store/index.ts'
import { isoTime } from '../time.ts'
import { webchatUmo } from '../umo.ts'
import { type ChatCaller, ownerOf, usableRun, usableSession } from './access.ts'
import { attachmentIds, hasContent, parseMessage } from './message-parts.ts'
import type { ProjectReferences } from './project-sessions.ts'
import { promptText, storedText } from './prompt.ts'
import { recoverRuns } from './recover.ts'
import { Run } from './run.ts'
import {
  countMessages,
  countSessions,
  deleteRunsBefore,
  deleteSessionRows,
  findMessage,
  findRun,
  findSession,
  insertMessage,
  insertRun,
  insertSession,
  listMessages,
  listSessions,
  renameOwner,
  runEventsAfter,
  type SessionRow,
  touchSession,
} from './store.ts'
import { Turns } from './turns.ts'
import type { ChatEvent, MessagePart, NumberedEvent } from './types.ts'
import { messageView, runSnapshot, sessionView } from './views.ts'

const webchat = 'webchat'
const runRetentionMs = 24 * 60 * 60 * 1000

/** A message to the bot. */
export interface SendRequest {
  message?: Schemas['ChatInput'] | undefined
  /** A key may leave it out and gets a new session. */
  sessionId?: string | undefined
  streaming: boolean
  providerId?: string | undefined
  model?: string | undefined
  /** The configuration profile the session is to use from now on. */
  profileId?: string | undefined
  /** Whether a chat without a persona gets a prompt of ours; true when absent. */
  defaultPrompt?: boolean | undefined
  /** The checkpoint of the latest user message, when that is to be answered (again) instead of a new one. */
  answerCheckpoint?: string | undefined
}

/** One page of a list, counted from 1. */
export interface Page {
  page: number
  pageSize: number
}

/** What to follow of a run: a snapshot first, or the events after a number. */
export interface Resumed {
  run: { runId: string }
  snapshot?: Schemas['ChatRunSnapshot']
  events: AsyncIterable<NumberedEvent[]>
}

export interface ChatServices {
  store: Store
  conversations: Conversations
  origins: Pick<Origins, 'noteSpeaker' | 'renameOrigins'>
  personas: Pick<Personas, 'find'>
  sessions: Pick<Sessions, 'rules' | 'forget'> & { groups: Pick<Sessions['groups'], 'renameOrigins'> }
  files: Pick<Files, 'attachments'>
  projects: ProjectReferences
  providers: Providers
  clock: Clock
  ids: Ids
  log: Logger
  /** Which session uses which configuration profile. */
  routes: Pick<Routes, 'setOrigin' | 'removeOrigin' | 'renameOrigins'>
  /** The prefixes that wake the bot, from the configuration. */
  wakePrefixes(umo: string): string[]
  /** The persona of chats that name none, from the configuration; empty for none. */
  defaultPersonaId(umo: string): string
}

/** Chats with the bot: sessions, their messages, and the runs that answer. */
export class Chat {
  readonly #services: ChatServices
  readonly #turns: Turns
  readonly #active = new Map<string, Run>()
  readonly #finished = new Set<Promise<void>>()

  constructor(services: ChatServices) {
    this.#services = services
    this.#turns = new Turns(services)
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
    const settled = Promise.allSettled(this.#finished)
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>(resolve => {
      timer = setTimeout(resolve, patienceMs)
    })
    await Promise.race([settled, patience])
    clearTimeout(timer)
    for (const run of this.#active.values()) run.controller.abort(new AstrBotError('interrupted'))
    await settled
  }

  /**
   * Stores a message and starts the turn that answers it. The run goes on when nobody follows it.
   * @throws message_missing, message_empty, session_id_missing, session_of_another_user, permission_denied, invalid_session_id
   */
  async send(caller: ChatCaller, request: SendRequest): Promise<Run> {
    const { store, origins, routes, clock, ids, wakePrefixes } = this.#services
    if (request.message === undefined) throw new AstrBotError('message_missing')
    const files = await this.#services.files.attachments.resolve(
      attachmentIds(request.message),
      { username: ownerOf(caller), apiKeyId: caller.apiKeyId },
      'sendable',
    )
    const parts = parseMessage(request.message, files)
    const sessionId = this.#sessionIdOf(caller, request.sessionId)
    if (!hasContent(parts)) throw new AstrBotError('message_empty')
    const username = ownerOf(caller)
    const session = await this.#openSession(caller, sessionId, username)
    const answered = request.answerCheckpoint ? await this.#unanswered(sessionId, request.answerCheckpoint) : false

    const runId = ids.uuid()
    const checkpointId = answered && request.answerCheckpoint ? request.answerCheckpoint : ids.uuid()
    const umo = umoOf(session)
    if (request.profileId !== undefined) await routes.setOrigin(umo, request.profileId)
    const info = { runId, sessionId, umo, username, apiKeyId: caller.apiKeyId, checkpointId }
    const prompt = promptText(parts, wakePrefixes(umo), await this.#quoted(sessionId, parts))
    const now = clock.now()
    const rowId = await store.db.transaction().execute(async transaction => {
      await insertRun(transaction, {
        run_id: runId,
        session_id: sessionId,
        umo,
        username,
        api_key_id: caller.apiKeyId,
        llm_checkpoint_id: checkpointId,
        status: 'running',
        created_at: now,
        finished_at: null,
      })
      await touchSession(transaction, sessionId, now)
      await origins.noteSpeaker(umo, username, username, transaction)
      return answered
        ? undefined
        : insertMessage(transaction, userRow(sessionId, session.platform_id, username, parts, checkpointId, now))
    })

    const run = new Run(info, store.db, clock, this.#services.log)
    run.publish({ type: 'session_id', data: null, session_id: sessionId })
    if (rowId !== undefined) {
      run.publish({
        type: 'user_message_saved',
        data: { id: rowId, created_at: isoTime(now), llm_checkpoint_id: checkpointId },
      })
    }
    this.#active.set(runId, run)
    const done = this.#turns
      .carryOut({
        run,
        platformId: session.platform_id,
        sessionName: session.display_name,
        prompt,
        parts,
        defaultPrompt: request.defaultPrompt ?? true,
        streaming: request.streaming,
        ...(request.providerId && { providerId: request.providerId }),
        ...(request.model && { model: request.model }),
      })
      .finally(() => {
        this.#active.delete(runId)
        this.#finished.delete(done)
      })
    this.#finished.add(done)
    return run
  }

  /**
   * Follows a run. Without a position it must still be running, and a snapshot comes first; from a position on every
   * event comes once, also when the run is over.
   * @throws run_unavailable
   */
  async resume(caller: ChatCaller, runId: string, after: number | undefined): Promise<Resumed> {
    const { store } = this.#services
    const stored = usableRun(caller, await findRun(store.db, runId))
    const active = this.#active.get(runId)
    if (after !== undefined) {
      return { run: { runId }, events: active ? active.follow(after) : storedEvents(store, stored.run_id, after) }
    }
    if (!active || active.isOver) throw new AstrBotError('run_unavailable')
    const snapshot = runSnapshot(active)
    return { run: { runId }, snapshot, events: active.follow(snapshot.revision) }
  }

  /** A caller's sessions, latest activity first. A key sees those it made for the user it names. */
  async listSessions(caller: ChatCaller, page: Page, platformId?: string): Promise<Schemas['ChatSessionPage']> {
    const { db } = this.#services.store
    const filter = {
      creator: ownerOf(caller),
      ...(caller.apiKeyId !== null && { apiKeyId: caller.apiKeyId }),
      ...(platformId !== undefined && { platformId }),
    }
    const rows = await listSessions(db, filter, page.pageSize, (page.page - 1) * page.pageSize)
    const total = await countSessions(db, filter)
    return { sessions: rows.map(sessionView), page: page.page, page_size: page.pageSize, total }
  }

  async createSession(caller: ChatCaller, platformId = webchat): Promise<Schemas['NewChatSession']> {
    const { ids, store } = this.#services
    const sessionId = ids.uuid()
    await insertSession(store.db, this.#newSession(caller, sessionId, ownerOf(caller), platformId))
    return { session_id: sessionId, platform_id: platformId }
  }

  /** A session with a page of its messages (newest page first) and the turns that run in it. */
  async getSession(caller: ChatCaller, sessionId: string, page: Page): Promise<Schemas['ChatSessionDetail']> {
    const { db } = this.#services.store
    const session = await this.#usable(caller, sessionId)
    const total = await countMessages(db, sessionId)
    const history = await listMessages(db, sessionId, page.pageSize, (page.page - 1) * page.pageSize)
    const runs = this.#runsOf(sessionId)
    const project = session.project_id && (await this.#services.projects.reference(caller, session.project_id))
    return {
      session: sessionView(session),
      history: history.map(messageView),
      total,
      page: page.page,
      page_size: page.pageSize,
      has_more: page.page * page.pageSize < total,
      threads: [],
      is_running: runs.length > 0,
      active_runs: runs.map(runSnapshot),
      ...(project && { project }),
    }
  }

  async renameSession(caller: ChatCaller, sessionId: string, displayName: string | undefined): Promise<void> {
    const { store, conversations, clock } = this.#services
    const session = await this.#usable(caller, sessionId)
    await store.db.transaction().execute(async transaction => {
      await touchSession(transaction, sessionId, clock.now(), displayName)
      // What the model remembers goes by the name of its session.
      if (displayName !== undefined) await conversations.retitle(umoOf(session), displayName, transaction)
    })
  }

  /** Stops what runs in a session, waits for it, and removes everything the session has. */
  async deleteSession(caller: ChatCaller, sessionId: string): Promise<void> {
    const session = await this.#usable(caller, sessionId)
    await this.#stopRuns(sessionId)
    const { store, conversations, sessions, routes } = this.#services
    const umo = umoOf(session)
    const { attachments } = this.#services.files
    const erased = await store.db.transaction().execute(async transaction => {
      const unused = await attachments.forget(transaction, sessionId, session.api_key_id, () =>
        deleteSessionRows(transaction, sessionId),
      )
      await conversations.forget(umo, transaction)
      await sessions.forget(umo, transaction)
      return unused
    })
    await attachments.erase(erased)
    await routes.removeOrigin(umo)
  }

  async deleteSessions(caller: ChatCaller, sessionIds: string[]): Promise<Schemas['ChatSessionBatchDeleteResult']> {
    if (sessionIds.length === 0) throw new AstrBotError('session_ids_missing')
    const failed: Schemas['ChatSessionBatchDeleteResult']['failed_items'] = []
    for (const sessionId of sessionIds) {
      try {
        await this.deleteSession(caller, sessionId)
      } catch (error) {
        const code = error instanceof AstrBotError ? error.code : ''
        const reason =
          code === 'session_not_found'
            ? 'not found'
            : code === 'permission_denied'
              ? 'permission denied'
              : 'internal_error'
        if (reason === 'internal_error')
          this.#services.log.error({ err: error, sessionId }, 'a session was not deleted')
        failed.push({ session_id: sessionId, reason })
      }
    }
    return { deleted_count: sessionIds.length - failed.length, failed_count: failed.length, failed_items: failed }
  }

  /** Sessions and runs follow their owner through a change of name. */
  async renameUser(from: string, to: string): Promise<void> {
    const { store, conversations, origins, sessions, routes } = this.#services
    await renameOwner(store.db, from, to)
    for (const part of [conversations, origins, sessions.groups, routes]) {
      await part.renameOrigins(webchatUmo(from, ''), webchatUmo(to, ''))
    }
  }

  /** Tells every turn of a session to stop, waiting ones included, and answers how many there were. */
  async stopSession(caller: ChatCaller, sessionId: string): Promise<number> {
    await this.#usable(caller, sessionId)
    const runs = this.#runsOf(sessionId)
    for (const run of runs) run.controller.abort()
    return runs.length
  }

  #sessionIdOf(caller: ChatCaller, given: string | undefined): string {
    if (given === undefined) {
      if (caller.apiKeyId === null) throw new AstrBotError('session_id_missing')
      return this.#services.ids.uuid()
    }
    const sessionId = given.trim()
    if (sessionId === '') throw new AstrBotError('session_id_empty')
    return sessionId
  }

  async #openSession(caller: ChatCaller, sessionId: string, username: string): Promise<SessionRow> {
    const { db } = this.#services.store
    let session = await findSession(db, sessionId)
    if (!session) {
      if (sessionId.includes('!')) throw new AstrBotError('invalid_session_id')
      const row = this.#newSession(caller, sessionId, username, webchat)
      if (await insertSession(db, row)) return row
      session = await findSession(db, sessionId)
    }
    if (
      caller.apiKeyId !== null &&
      session &&
      (session.creator !== username || session.api_key_id !== caller.apiKeyId)
    ) {
      throw new AstrBotError('session_of_another_user')
    }
    return usableSession(caller, sessionId, session)
  }

  #newSession(caller: ChatCaller, sessionId: string, creator: string, platformId: string): SessionRow {
    const now = this.#services.clock.now()
    return {
      session_id: sessionId,
      platform_id: platformId,
      creator,
      api_key_id: caller.apiKeyId,
      project_id: null,
      display_name: null,
      is_group: 0,
      created_at: now,
      updated_at: now,
    }
  }

  async #usable(caller: ChatCaller, sessionId: string): Promise<SessionRow> {
    return usableSession(caller, sessionId, await findSession(this.#services.store.db, sessionId))
  }

  /** True when the latest message of the session is the user's with this checkpoint. */
  async #unanswered(sessionId: string, checkpointId: string): Promise<boolean> {
    const [latest] = await listMessages(this.#services.store.db, sessionId, 1, 0)
    return latest?.llm_checkpoint_id === checkpointId && latest.sender_id !== 'bot'
  }

  async #quoted(sessionId: string, parts: MessagePart[]): Promise<string | undefined> {
    const reply = parts.find(part => part.type === 'reply')
    if (!reply) return undefined
    if (reply.selected_text !== '') return reply.selected_text
    const id = Number(reply.message_id)
    return Number.isSafeInteger(id) ? storedText(await findMessage(this.#services.store.db, sessionId, id)) : undefined
  }

  #runsOf(sessionId: string): Run[] {
    return [...this.#active.values()].filter(run => run.info.sessionId === sessionId && !run.isOver)
  }

  async #stopRuns(sessionId: string): Promise<void> {
    await Promise.all(
      this.#runsOf(sessionId).map(async run => {
        run.controller.abort()
        for await (const _ of run.follow(run.revision)) {
          // Only the end matters.
        }
      }),
    )
  }
}

function umoOf(session: SessionRow): string {
  return webchatUmo(session.creator, session.session_id, session.platform_id)
}

function userRow(
  sessionId: string,
  platformId: string,
  username: string,
  parts: MessagePart[],
  checkpointId: string,
  now: number,
) {
  return {
    platform_id: platformId,
    user_id: sessionId,
    sender_id: username,
    sender_name: username,
    content: JSON.stringify({ type: 'user', message: parts }),
    llm_checkpoint_id: checkpointId,
    created_at: now,
    updated_at: now,
  }
}

async function* storedEvents({ db }: Store, runId: string, after: number): AsyncGenerator<NumberedEvent[]> {
  for (const { first_seq, events } of await runEventsAfter(db, runId, after)) {
    const batch = (JSON.parse(events) as ChatEvent[]).map((event, i) => ({ seq: first_seq + i, event }))
    const wanted = batch.filter(({ seq }) => seq > after)
    if (wanted.length > 0) yield wanted
  }
}
