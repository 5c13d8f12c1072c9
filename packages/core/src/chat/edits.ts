import type { Schemas } from '@astrbot/contract'
import type { Kysely } from 'kysely'
import { AstrBotError } from '../errors.ts'
import type { Database } from '../store/index.ts'
import { type ChatCaller, mayBeAdmin, ownerOf, usableSession } from './access.ts'
import { incoming, quoted } from './incoming.ts'
import { attachmentIds, hasContent } from './message-parts.ts'
import { type Place, sessionPlace, threadPlace } from './place.ts'
import { storedParts } from './prompt.ts'
import { cleanUp, removePlaces } from './removal.ts'
import type { Run } from './run.ts'
import type { AnswerOptions, Runs } from './runs.ts'
import type { ChatServices } from './services.ts'
import {
  deleteMessages,
  findMessage,
  findSession,
  listThreads,
  type MessageRow,
  messagesFrom,
  messagesOfCheckpoint,
  type SessionRow,
  touch,
  updateMessage,
} from './store.ts'
import type { MessagePart } from './types.ts'
import { messageView } from './views.ts'

/** Changes to the latest turn of a session: another question, or another answer. */
export class Edits {
  readonly #services: ChatServices
  readonly #runs: Runs

  constructor(services: ChatServices, runs: Runs) {
    this.#services = services
    this.#runs = runs
  }

  /**
   * Puts another text in place of the latest user message, and removes everything after it and the model's memory of
   * the turn. Nothing is answered yet. A turn that runs is stopped first.
   * @throws session_not_found, permission_denied, message_not_found, message_not_editable, message_not_latest,
   * message_not_linked, message_empty
   */
  async edit(
    caller: ChatCaller,
    sessionId: string,
    messageId: string,
    message: Schemas['ChatInput'],
  ): Promise<Schemas['ChatMessage']> {
    const { store, ids, clock } = this.#services
    return this.#runs.alone([sessionId], async () => {
      const { place, row } = await this.#find(caller, sessionId, messageId)
      if (row.sender_id === 'bot') throw new AstrBotError('message_not_editable')
      const checkpointId = linkOf(row)
      const later = (await messagesFrom(store.db, sessionId, row.id)).slice(1)
      if (later.some(({ sender_id }) => sender_id !== 'bot')) throw new AstrBotError('message_not_latest')
      const parts = await incoming(this.#services, caller, message)
      await this.#runs.end([sessionId])

      const now = clock.now()
      const edited: MessageRow = {
        ...row,
        content: JSON.stringify({ type: 'user', message: parts }),
        llm_checkpoint_id: ids.uuid(),
        updated_at: now,
      }
      const after = (await messagesFrom(store.db, sessionId, row.id)).slice(1)
      await this.#expectLatest(place, checkpointId, after)
      await this.#without(place, after, checkpointId, remove =>
        store.db.transaction().execute(async transaction => {
          const unused = await remove(transaction, () => updateMessage(transaction, row.id, edited))
          await touch(transaction, place, now)
          return { result: undefined, unused }
        }),
      )
      return messageView(edited)
    })
  }

  /**
   * Answers the latest user message again. The old answer goes when the new turn begins, not before, and the new one
   * is stored in its place: under its number.
   * @throws session_not_found, permission_denied, message_not_found, message_not_regenerable, message_not_latest,
   * message_not_linked, message_empty, selected_provider_not_found
   */
  async regenerate(caller: ChatCaller, sessionId: string, messageId: string, options: AnswerOptions): Promise<Run> {
    const { store, ids, clock, providers } = this.#services
    return this.#runs.alone([sessionId], async () => {
      const { place, row } = await this.#find(caller, sessionId, messageId)
      if (row.sender_id !== 'bot') throw new AstrBotError('message_not_regenerable')
      const oldCheckpoint = linkOf(row)
      const turn = await messagesOfCheckpoint(store.db, sessionId, oldCheckpoint)
      const question = turn.find(({ sender_id }) => sender_id !== 'bot')
      if (!question) throw new AstrBotError('message_not_linked')
      const after = (await messagesFrom(store.db, sessionId, question.id)).slice(1)
      if (after.some(({ sender_id }) => sender_id !== 'bot')) throw new AstrBotError('message_not_latest')
      await this.#expectLatest(place, oldCheckpoint, after)
      const parts = await this.#stillThere(caller, storedParts(question))
      const { providerId } = options
      if (providerId) providers.chatModel({ providerId })
      await this.#runs.end([sessionId])

      const checkpointId = ids.uuid()
      const passage = await quoted(store.db, sessionId, parts)
      return this.#without(place, after, oldCheckpoint, async remove => {
        let unused: string[] = []
        const result = await this.#runs.begin({
          place,
          apiKeyId: caller.apiKeyId,
          mayBeAdmin: mayBeAdmin(caller),
          checkpointId,
          quoted: passage,
          parts,
          storeMessage: false,
          answerId: row.id,
          options,
          prepare: async transaction => {
            const changes = { llm_checkpoint_id: checkpointId, updated_at: clock.now() }
            unused = await remove(transaction, () => updateMessage(transaction, question.id, changes))
          },
        })
        return { result, unused }
      })
    })
  }

  async #find(caller: ChatCaller, sessionId: string, messageId: string): Promise<{ place: Place; row: MessageRow }> {
    const { db } = this.#services.store
    const session: SessionRow = usableSession(caller, sessionId, await findSession(db, sessionId))
    const row = /^\d{1,15}$/.test(messageId) ? await findMessage(db, sessionId, Number(messageId)) : undefined
    if (!row) throw new AstrBotError('message_not_found', { id: messageId })
    return { place: sessionPlace(session), row }
  }

  /** A turn that was never answered need not be remembered: there is nothing to take back then. */
  async #expectLatest(place: Place, checkpointId: string, answers: readonly MessageRow[]): Promise<void> {
    const where = await this.#services.conversations.turn(place.umo, checkpointId)
    if (where === 'older') throw new AstrBotError('message_not_latest')
    if (where === 'absent' && answers.length > 0) throw new AstrBotError('message_not_linked')
  }

  /** The parts of a stored message whose files still exist. @throws message_empty */
  async #stillThere(caller: ChatCaller, parts: MessagePart[]): Promise<MessagePart[]> {
    const wanted = attachmentIds(parts as Schemas['ChatInput'])
    const user = { username: ownerOf(caller), apiKeyId: caller.apiKeyId }
    const found = await this.#services.files.attachments.resolve(wanted, user, 'sendable')
    const there = parts.filter(part => !('attachment_id' in part) || found.has(part.attachment_id))
    if (!hasContent(there)) throw new AstrBotError('message_empty')
    return there
  }

  /**
   * Lets `work` remove messages with their side threads and the turn in the model's memory, while nothing happens in
   * the threads.
   */
  async #without<T>(
    place: Place,
    messages: readonly MessageRow[],
    checkpointId: string,
    work: (remove: Remove) => Promise<{ result: T; unused: string[] }>,
  ): Promise<T> {
    const { store, conversations, files } = this.#services
    const gone = new Set(messages.map(({ id }) => id))
    const threads = (await listThreads(store.db, place.id)).filter(row => gone.has(row.parent_message_id))
    const places = threads.map(threadPlace)
    const threadIds = places.map(({ id }) => id)
    return this.#runs.alone(threadIds, async () => {
      await this.#runs.end(threadIds)
      const { result, unused } = await work(async (transaction, change) => {
        const ofThreads = await removePlaces(this.#services, transaction, places)
        const ofMessages = await files.attachments.forget(transaction, place.id, place.apiKeyId, async () => {
          await deleteMessages(transaction, [...gone])
          await change()
        })
        await conversations.forgetTurn(place.umo, checkpointId, transaction)
        return [...ofThreads, ...ofMessages]
      })
      await cleanUp(this.#services, unused, places)
      return result
    })
  }
}

/** Removes what has to go, changes what stays, and answers which files are left without use. */
type Remove = (transaction: Kysely<Database>, change: () => Promise<void>) => Promise<string[]>

function linkOf(row: MessageRow): string {
  if (row.llm_checkpoint_id === null) throw new AstrBotError('message_not_linked')
  return row.llm_checkpoint_id
}
