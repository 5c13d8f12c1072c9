import type { Schemas } from '@astrbot/contract'
import { AstrBotError } from '../errors.ts'
import { type ChatCaller, ownerOf, usableSession, usableThread } from './access.ts'
import { sessionPlace, threadPlace } from './place.ts'
import { cleanUp, removePlaces } from './removal.ts'
import type { Runs } from './runs.ts'
import type { ChatServices } from './services.ts'
import {
  countMessages,
  countSessions,
  findSession,
  findThread,
  insertSession,
  listMessages,
  listSessions,
  listThreads,
  type SessionRow,
  touchSession,
} from './store.ts'
import { messageView, runSnapshot, sessionView, threadView } from './views.ts'

const webchat = 'webchat'

/** One page of a list, counted from 1. */
export interface Page {
  page: number
  pageSize: number
}

/** The chats of users. */
export class ChatSessions {
  readonly #services: ChatServices
  readonly #runs: Runs

  constructor(services: ChatServices, runs: Runs) {
    this.#services = services
    this.#runs = runs
  }

  /** A caller's sessions, latest activity first. A key sees those it made for the user it names. */
  async list(caller: ChatCaller, page: Page, platformId?: string): Promise<Schemas['ChatSessionPage']> {
    const { db } = this.#services.store
    const filter = {
      creator: ownerOf(caller),
      ...(caller.apiKeyId !== null && { apiKeyId: caller.apiKeyId }),
      ...(platformId && { platformId }),
    }
    const rows = await listSessions(db, filter, page.pageSize, (page.page - 1) * page.pageSize)
    const total = await countSessions(db, filter)
    return { sessions: rows.map(sessionView), page: page.page, page_size: page.pageSize, total }
  }

  async create(caller: ChatCaller, wanted?: string): Promise<Schemas['NewChatSession']> {
    const { ids, store } = this.#services
    const platformId = wanted || webchat
    const sessionId = ids.uuid()
    await insertSession(store.db, this.#newRow(caller, sessionId, platformId))
    return { session_id: sessionId, platform_id: platformId }
  }

  /**
   * The session to send a message to; made when there is none of that id.
   * @throws invalid_session_id, session_of_another_user, permission_denied
   */
  async open(caller: ChatCaller, sessionId: string): Promise<SessionRow> {
    const { db } = this.#services.store
    let session = await findSession(db, sessionId)
    if (!session) {
      if (sessionId.includes('!')) throw new AstrBotError('invalid_session_id')
      const row = this.#newRow(caller, sessionId, webchat)
      if (await insertSession(db, row)) return row
      session = await findSession(db, sessionId)
    }
    const foreign = session && (session.creator !== ownerOf(caller) || session.api_key_id !== caller.apiKeyId)
    if (caller.apiKeyId !== null && foreign) throw new AstrBotError('session_of_another_user')
    return usableSession(caller, sessionId, session)
  }

  /**
   * A session with a page of its messages (newest page first), its side threads and the turns that run in it.
   * @throws session_not_found, permission_denied
   */
  async get(caller: ChatCaller, sessionId: string, page: Page): Promise<Schemas['ChatSessionDetail']> {
    const { db } = this.#services.store
    const session = await this.#usable(caller, sessionId)
    const total = await countMessages(db, sessionId)
    const history = await listMessages(db, sessionId, page.pageSize, (page.page - 1) * page.pageSize)
    const threads = await listThreads(db, sessionId)
    const runs = this.#runs.of(sessionId)
    const project = session.project_id && (await this.#services.projects.reference(caller, session.project_id))
    return {
      session: sessionView(session),
      history: history.map(messageView),
      total,
      page: page.page,
      page_size: page.pageSize,
      has_more: page.page * page.pageSize < total,
      threads: threads.map(threadView),
      is_running: runs.length > 0,
      active_runs: runs.map(runSnapshot),
      ...(project && { project }),
    }
  }

  /** @throws session_not_found, permission_denied */
  async rename(caller: ChatCaller, sessionId: string, displayName: string | undefined): Promise<void> {
    const { store, conversations, clock } = this.#services
    await store.db.transaction().execute(async transaction => {
      const session = usableSession(caller, sessionId, await findSession(transaction, sessionId))
      await touchSession(transaction, sessionId, clock.now(), displayName)
      if (displayName === undefined) return
      // What the model remembers goes by the name of its session.
      const names = { from: session.display_name, to: displayName }
      await conversations.retitle(sessionPlace(session).umo, names, transaction)
    })
  }

  /**
   * Stops what runs in a session and its threads, waits for it, and removes everything they have.
   * @throws session_not_found, permission_denied
   */
  async delete(caller: ChatCaller, sessionId: string): Promise<void> {
    const { store } = this.#services
    await this.#runs.alone([sessionId], async () => {
      const session = await this.#usable(caller, sessionId)
      const threads = (await listThreads(store.db, sessionId)).map(threadPlace)
      const places = [...threads, sessionPlace(session)]
      await this.#runs.alone(
        threads.map(({ id }) => id),
        async () => {
          await this.#runs.end(places.map(({ id }) => id))
          const unused = await store.db
            .transaction()
            .execute(transaction => removePlaces(this.#services, transaction, places))
          await cleanUp(this.#services, unused, places)
        },
      )
    })
  }

  /** Deletes one session after another; what fails does not stop the rest. @throws session_ids_missing */
  async deleteAll(caller: ChatCaller, sessionIds: string[]): Promise<Schemas['ChatSessionBatchDeleteResult']> {
    if (sessionIds.length === 0) throw new AstrBotError('session_ids_missing')
    const failed: Schemas['ChatSessionBatchDeleteResult']['failed_items'] = []
    for (const sessionId of sessionIds) {
      try {
        await this.delete(caller, sessionId)
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

  /**
   * Tells every turn of a session or side thread to stop, waiting ones included, and answers how many there were.
   * @throws session_not_found, permission_denied
   */
  async stop(caller: ChatCaller, id: string): Promise<number> {
    const { db } = this.#services.store
    const session = await findSession(db, id)
    const thread = session ? undefined : await findThread(db, id)
    if (thread) usableThread(caller, id, thread)
    else usableSession(caller, id, session)
    return this.#runs.abort(id)
  }

  async #usable(caller: ChatCaller, sessionId: string): Promise<SessionRow> {
    return usableSession(caller, sessionId, await findSession(this.#services.store.db, sessionId))
  }

  #newRow(caller: ChatCaller, sessionId: string, platformId: string): SessionRow {
    const now = this.#services.clock.now()
    return {
      session_id: sessionId,
      platform_id: platformId,
      creator: ownerOf(caller),
      api_key_id: caller.apiKeyId,
      project_id: null,
      display_name: null,
      is_group: 0,
      created_at: now,
      updated_at: now,
    }
  }
}
