import type { Schemas } from '@astrbot/contract'
import { AstrBotError } from '../errors.ts'
import { type ChatCaller, mayBeAdmin, usableSession, usableThread } from './access.ts'
import { incoming, quoted } from './incoming.ts'
import { sessionPlace, threadPlace } from './place.ts'
import { cleanUp, removePlaces } from './removal.ts'
import type { Run } from './run.ts'
import type { AnswerOptions, Runs } from './runs.ts'
import type { ChatServices } from './services.ts'
import {
  findMessage,
  findSession,
  findThread,
  insertThread,
  listMessages,
  listThreads,
  type ThreadRow,
} from './store.ts'
import { messageView, runSnapshot, threadView } from './views.ts'

const mostMessages = 1000

/** Side threads: conversations about a passage of an answer, which know what was said up to it. */
export class Threads {
  readonly #services: ChatServices
  readonly #runs: Runs

  constructor(services: ChatServices, runs: Runs) {
    this.#services = services
    this.#runs = runs
  }

  /**
   * The thread about a passage of a bot message; made when there is none.
   * @throws session_not_found, permission_denied, message_not_found, message_not_branchable, message_not_linked
   */
  async open(
    caller: ChatCaller,
    passage: { sessionId: string; messageId: number; text: string },
  ): Promise<Schemas['ChatThread']> {
    const { store, conversations, clock, ids } = this.#services
    const { sessionId, messageId } = passage
    const text = passage.text.trim()
    return this.#runs.alone([sessionId], async () => {
      const session = usableSession(caller, sessionId, await findSession(store.db, sessionId))
      const message = await findMessage(store.db, sessionId, messageId)
      if (!message) throw new AstrBotError('message_not_found', { id: messageId })
      if (message.sender_id !== 'bot') throw new AstrBotError('message_not_branchable')
      const known = (await listThreads(store.db, sessionId, messageId)).find(row => row.selected_text === text)
      if (known) return threadView(known)
      if (message.llm_checkpoint_id === null) throw new AstrBotError('message_not_linked')

      const now = clock.now()
      const row: ThreadRow = {
        thread_id: ids.uuid(),
        creator: session.creator,
        api_key_id: session.api_key_id,
        parent_session_id: sessionId,
        parent_message_id: messageId,
        base_checkpoint_id: message.llm_checkpoint_id,
        selected_text: text,
        created_at: now,
        updated_at: now,
      }
      const { umo, platformId } = threadPlace(row)
      const from = sessionPlace(session).umo
      await store.db.transaction().execute(async transaction => {
        const linked = await conversations.branch(from, row.base_checkpoint_id, umo, platformId, transaction)
        if (!linked) throw new AstrBotError('message_not_linked')
        await insertThread(transaction, row)
      })
      return threadView(row)
    })
  }

  /** A thread with its newest messages and the turns that run in it. @throws thread_not_found, permission_denied */
  async get(caller: ChatCaller, threadId: string): Promise<Schemas['ChatThreadDetail']> {
    const thread = await this.#usable(caller, threadId)
    const history = await listMessages(this.#services.store.db, threadId, mostMessages, 0)
    const runs = this.#runs.of(threadId)
    return {
      thread: threadView(thread),
      history: history.map(messageView),
      is_running: runs.length > 0,
      active_runs: runs.map(runSnapshot),
    }
  }

  /** Stops what runs in a thread and removes it. @throws thread_not_found, permission_denied */
  async delete(caller: ChatCaller, threadId: string): Promise<void> {
    const { store } = this.#services
    await this.#runs.alone([threadId], async () => {
      const places = [threadPlace(await this.#usable(caller, threadId))]
      await this.#runs.end([threadId])
      const unused = await store.db
        .transaction()
        .execute(transaction => removePlaces(this.#services, transaction, places))
      await cleanUp(this.#services, unused, places)
    })
  }

  /**
   * Stores a message in a thread and starts the turn that answers it.
   * @throws thread_not_found, permission_denied, message_empty
   */
  async send(
    caller: ChatCaller,
    threadId: string,
    message: Schemas['ChatInput'],
    options: AnswerOptions,
  ): Promise<Run> {
    const { store, ids } = this.#services
    return this.#runs.alone([threadId], async () => {
      const thread = await this.#usable(caller, threadId)
      const place = threadPlace(thread)
      const parts = await incoming(this.#services, caller, message)
      const passage = await quoted(store.db, threadId, parts)
      return this.#runs.begin({
        place,
        apiKeyId: caller.apiKeyId,
        mayBeAdmin: mayBeAdmin(caller),
        checkpointId: ids.uuid(),
        quoted: passage,
        excerpt: thread.selected_text,
        parts,
        storeMessage: true,
        options,
      })
    })
  }

  async #usable(caller: ChatCaller, threadId: string): Promise<ThreadRow> {
    return usableThread(caller, threadId, await findThread(this.#services.store.db, threadId))
  }
}
