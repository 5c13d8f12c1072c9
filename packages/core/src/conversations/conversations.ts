import type { Schemas } from '@astrbot/contract'
import type { Kysely } from 'kysely'
import type { Clock } from '../clock.ts'
import type { ConfigSnapshot } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { Origins } from '../origins/index.ts'
import { type PageRequest, pageSlice } from '../paging.ts'
import type { Preferences } from '../preferences/index.ts'
import type { LlmMessage } from '../providers/model.ts'
import type { Database, Store } from '../store/index.ts'
import { invalid } from '../validation.ts'
import { filterBots } from './bots.ts'
import type { ExportedConversation } from './export.ts'
import { type HistoryItem, storedMessages, turnMessage } from './history.ts'
import { placeOfTurn, type TurnPlace } from './last-turn.ts'
import { type Recalled, recall, type Summary } from './recall.ts'
import {
  type ConversationFilter,
  type ConversationRow,
  copyMessages,
  countConversations,
  countOrigins,
  deleteConversation,
  deleteConversationsOf,
  deleteMessages,
  deleteMessagesFrom,
  findConversation,
  findConversations,
  hasCheckpoint,
  insertConversation,
  insertMessages,
  markRewritten,
  messagesOf,
  putSummary,
  renameOrigins,
  retitleConversations,
  selectByOrigin,
  selectConversations,
  selectPlatformIds,
  sessionName,
  updateConversation,
} from './store.ts'
import { conversationView, exportView, listItem } from './views.ts'

const currentKey = 'sel_conv_id'
const exportChunk = 20

/** Names a conversation together with the origin that owns it. */
export type ConversationRef = Schemas['ConversationRef']

/** What a turn leaves behind. */
export interface RememberedTurn {
  /** Keeps its messages together, and links them to what is shown. */
  checkpointId: string
  messages: readonly LlmMessage[]
  /** Tokens of the last call of the model, when they are known. */
  tokenUsage?: number | undefined
  /** Stands in place of the oldest messages from now on. */
  summary?: Summary | undefined
  /** Of the conversation when the turn began: a turn is not added to what was rewritten meanwhile. */
  version?: number | undefined
}

/** What to list, and how. */
export interface ConversationQuery extends PageRequest {
  filter: ConversationFilter
  /** Whether messages are told. */
  includeHistory: boolean
  /** A page holds sessions with all their conversations instead of conversations. */
  groupBySession: boolean
}

/** The conversation of an origin that turns add to. */
export interface CurrentConversation {
  id: string
  personaId: string | null
  /** Changes when messages are taken away or rewritten. */
  version: number
  /** Tokens of the model's last call; 0 is unknown. */
  tokenUsage: number
}

/** What models remember: one current conversation per message origin, as OpenAI-style messages grouped in turns. */
export interface Conversations {
  /** The current conversation of an origin; made, with that title, when there is none. */
  current(umo: string, platformId: string, title?: string | null): Promise<CurrentConversation>
  /** The id of the current conversation of an origin, when there is one. */
  currentId(umo: string): Promise<string | undefined>
  /** Empties the current conversation of an origin, if there is one. */
  clear(umo: string): Promise<void>
  /** Makes a new current conversation with the persona of the one before, and answers its id. */
  startAnew(umo: string, platformId: string, title: string | null): Promise<string>
  /** The latest whole turns that fit into `budget` tokens, oldest first. */
  recall(conversationId: string, budget: number): Promise<Recalled>
  /** Adds a turn. Nothing is remembered for a conversation that was deleted or rewritten meanwhile. */
  remember(conversationId: string, turn: RememberedTurn, db?: Kysely<Database>): Promise<void>
  /** Where a turn stands in the current conversation of an origin. */
  turn(umo: string, checkpointId: string, db?: Kysely<Database>): Promise<TurnPlace['is']>
  /** Forgets the latest turn of an origin, and what came after it. Any other turn is left alone. */
  forgetTurn(umo: string, checkpointId: string, db?: Kysely<Database>): Promise<void>
  /**
   * Makes a current conversation of `to` that begins as the one of `from` went, up to the end of a turn.
   * @returns whether `from` remembers the turn; nothing is made otherwise
   */
  branch(from: string, checkpointId: string, to: string, platformId: string, db: Kysely<Database>): Promise<boolean>
  /** One page, newest first. */
  list(query: ConversationQuery): Promise<Schemas['ConversationPage']>
  /** The bots conversations can be filtered by. */
  bots(): Promise<Schemas['ConversationFilterBot'][]>
  /** @throws conversation_not_found */
  get(ref: ConversationRef): Promise<Schemas['Conversation']>
  /** Changes what is named; an empty title stands for the name of the session. @throws conversation_not_found */
  update(ref: ConversationRef, changes: { title?: string; persona_id?: string }): Promise<void>
  /** Puts other messages in place of all. @throws conversation_not_found, validation_failed */
  replaceMessages(ref: ConversationRef, items: readonly HistoryItem[]): Promise<void>
  /** One that is gone already counts as deleted. @throws conversation_not_found when another origin owns it */
  delete(ref: ConversationRef): Promise<void>
  /** Deletes one after another and answers why some were not; a failure does not stop the rest. */
  deleteAll(refs: readonly ConversationRef[]): Promise<{ ref: ConversationRef; reason: string }[]>
  /** The named conversations in order, those that do not exist left out. @throws conversation_not_found when none exists */
  export(refs: readonly ConversationRef[], ids: readonly string[]): Promise<AsyncIterable<ExportedConversation>>
  /** The conversations of an origin follow the name of its session; those with a title of their own keep it. */
  retitle(umo: string, name: { from: string | null; to: string }, db?: Kysely<Database>): Promise<void>
  /** Deletes everything an origin remembers. */
  forget(umo: string, db?: Kysely<Database>): Promise<void>
  /** Conversations, and which is current, follow a user through a change of name; `from` and `to` begin their origins. */
  renameOrigins(from: string, to: string): Promise<void>
}

export interface ConversationServices {
  store: Store
  preferences: Preferences
  origins: Origins
  config: { get(): ConfigSnapshot }
  clock: Clock
  ids: Ids
  log: Logger
}

export function createConversations(services: ConversationServices): Conversations {
  const { store, preferences, origins, config, clock, ids, log } = services
  const { db, dialect } = store
  const scopeOf = (umo: string) => ({ scope: 'umo', scopeId: umo })

  async function owned(ref: ConversationRef): Promise<ConversationRow> {
    const row = await findConversation(db, ref.cid)
    if (row?.umo !== ref.user_id) throw new AstrBotError('conversation_not_found')
    return row
  }

  /** The current conversation of an origin, when there is one. */
  async function selected(umo: string, within: Kysely<Database>): Promise<ConversationRow | undefined> {
    const id = await preferences.within(within).get(scopeOf(umo), currentKey)
    const row = typeof id === 'string' ? await findConversation(within, id) : undefined
    return row?.umo === umo ? row : undefined
  }

  /** Makes the new current conversation of an origin. */
  async function begin(
    transaction: Kysely<Database>,
    made: { umo: string; platformId: string; title: string | null; personaId?: string | null },
  ): Promise<string> {
    const { umo, platformId, title, personaId = null } = made
    const id = ids.uuid()
    const now = clock.now()
    await insertConversation(transaction, {
      conversation_id: id,
      umo,
      platform_id: platformId,
      title,
      persona_id: personaId,
      token_usage: 0,
      created_at: now,
      updated_at: now,
    })
    await preferences.within(transaction).set(scopeOf(umo), currentKey, id)
    return id
  }

  async function remove({ cid, user_id }: ConversationRef): Promise<void> {
    await db.transaction().execute(async transaction => {
      const row = await findConversation(transaction, cid)
      if (row && row.umo !== user_id) throw new AstrBotError('conversation_not_found')
      await deleteConversation(transaction, cid)
      const its = preferences.within(transaction)
      if ((await its.get(scopeOf(user_id), currentKey)) === cid) await its.delete(scopeOf(user_id), currentKey)
    })
  }

  return {
    async current(umo, platformId, title = null) {
      const row = await selected(umo, db)
      if (row) {
        const { conversation_id: id, persona_id: personaId, version, token_usage: tokenUsage } = row
        return { id, personaId, version, tokenUsage }
      }
      const id = await db.transaction().execute(transaction => begin(transaction, { umo, platformId, title }))
      return { id, personaId: null, version: 0, tokenUsage: 0 }
    },

    currentId: async umo => (await selected(umo, db))?.conversation_id,

    clear: umo =>
      db.transaction().execute(async transaction => {
        const row = await selected(umo, transaction)
        if (!row) return
        await markRewritten(transaction, row.conversation_id, clock.now())
        await deleteMessages(transaction, row.conversation_id)
      }),

    startAnew: (umo, platformId, title) =>
      db.transaction().execute(async transaction => {
        const before = await selected(umo, transaction)
        return begin(transaction, { umo, platformId, title, personaId: before?.persona_id ?? null })
      }),

    recall: (conversationId, budget) => recall(db, conversationId, budget),

    async remember(conversationId, turn, transaction = db) {
      const { checkpointId, messages, tokenUsage, summary, version } = turn
      const usage = tokenUsage !== undefined && { token_usage: tokenUsage }
      const changes = { updated_at: clock.now(), ...usage }
      if (!(await updateConversation(transaction, conversationId, changes, version))) return
      const rows = messages.map(message => ({ checkpoint_id: checkpointId, message: turnMessage(message) }))
      await insertMessages(transaction, conversationId, rows)
      if (summary) await putSummary(transaction, conversationId, summary)
    },

    async turn(umo, checkpointId, transaction = db) {
      const row = await selected(umo, transaction)
      return row ? (await placeOfTurn(transaction, row.conversation_id, checkpointId)).is : 'absent'
    },

    async forgetTurn(umo, checkpointId, transaction = db) {
      const row = await selected(umo, transaction)
      if (!row) return
      const place = await placeOfTurn(transaction, row.conversation_id, checkpointId)
      if (place.is !== 'latest') return
      await deleteMessagesFrom(transaction, row.conversation_id, place.firstId)
      await markRewritten(transaction, row.conversation_id, clock.now())
    },

    async branch(from, checkpointId, to, platformId, transaction) {
      const row = await selected(from, transaction)
      if (!row || !(await hasCheckpoint(transaction, row.conversation_id, checkpointId))) return false
      const id = await begin(transaction, { umo: to, platformId, title: null, personaId: row.persona_id })
      await copyMessages(transaction, row.conversation_id, checkpointId, id)
      return true
    },

    async list({ filter, includeHistory, groupBySession, ...request }) {
      const { page, pageSize, offset } = pageSlice(request, 20)
      const slice = { limit: pageSize, offset }
      const rows = await (groupBySession ? selectByOrigin : selectConversations)(db, dialect, filter, slice)
      const listed = groupBySession ? new Set(rows.map(row => row.umo)).size : rows.length
      // A page that is not full tells the total by itself; counting means searching everything again.
      const total =
        listed < pageSize && (listed > 0 || offset === 0)
          ? offset + listed
          : await (groupBySession ? countOrigins : countConversations)(db, dialect, filter)
      const infos = await origins.infos(rows.map(row => row.umo))
      const histories = includeHistory
        ? await messagesOf(
            db,
            rows.map(row => row.conversation_id),
          )
        : undefined
      const conversations = rows.flatMap((row, i) => {
        const info = infos[i]
        return info ? [listItem(row, info, histories && (histories.get(row.conversation_id) ?? []))] : []
      })
      const pagination = {
        page,
        page_size: pageSize,
        total,
        total_pages: Math.max(1, Math.ceil(total / pageSize)),
        grouped_by_session: groupBySession,
      }
      return { conversations, pagination }
    },

    bots: async () => filterBots(config.get(), await selectPlatformIds(db)),

    async get(ref) {
      const row = await owned(ref)
      const messages = (await messagesOf(db, [ref.cid])).get(ref.cid) ?? []
      const [info] = await origins.infos([row.umo])
      if (!info) throw new Error('an origin is always named')
      return conversationView(row, info, messages)
    },

    async update(ref, { title, ...changes }) {
      await owned(ref)
      const named = title !== undefined && { title: title || (await sessionName(db, ref.user_id)) }
      await updateConversation(db, ref.cid, { ...changes, ...named, updated_at: clock.now() })
    },

    async replaceMessages(ref, items) {
      items.forEach((item, i) => {
        if (item.role !== 'assistant' || typeof item.content === 'string' || Array.isArray(item.content)) return
        if (!item.tool_calls?.length) throw invalid(`body.history[${i}].content`, 'expected where no tool is called')
      })
      await owned(ref)
      await db.transaction().execute(async transaction => {
        if (!(await markRewritten(transaction, ref.cid, clock.now()))) throw new AstrBotError('conversation_not_found')
        await deleteMessages(transaction, ref.cid)
        await insertMessages(transaction, ref.cid, storedMessages(items))
      })
    },

    delete: remove,

    async deleteAll(refs) {
      const failed: { ref: ConversationRef; reason: string }[] = []
      for (const ref of refs) {
        if (ref.user_id === '' || ref.cid === '') {
          failed.push({ ref, reason: 'user_id and cid are needed' })
          continue
        }
        try {
          await remove(ref)
        } catch (error) {
          const known = error instanceof AstrBotError
          if (!known) log.error({ err: error, conversation: ref.cid }, 'a conversation was not deleted')
          failed.push({ ref, reason: known ? error.message : 'internal error' })
        }
      }
      return failed
    },

    async export(refs, cids) {
      const wanted: { cid: string; user_id?: string }[] = [...refs, ...cids.map(cid => ({ cid }))]
      const names = [...new Set(wanted.map(({ cid }) => cid))]
      const found = new Map<string, ConversationRow>()
      for (let i = 0; i < names.length; i += 500) {
        for (const row of await findConversations(db, names.slice(i, i + 500))) found.set(row.conversation_id, row)
      }
      const rows = wanted.flatMap(({ cid, user_id }) => {
        const row = found.get(cid)
        if (!row || (user_id !== undefined && user_id !== row.umo)) return []
        found.delete(cid)
        return [row]
      })
      if (rows.length === 0) throw new AstrBotError('conversation_not_found')
      return exported(db, rows)
    },

    retitle: (umo, name, transaction = db) => retitleConversations(transaction, umo, name),

    async forget(umo, transaction = db) {
      await deleteConversationsOf(transaction, umo)
      await preferences.within(transaction).delete(scopeOf(umo), currentKey)
    },

    async renameOrigins(from, to) {
      await renameOrigins(db, from, to)
      await preferences.renameScopeIds('umo', from, to)
    },
  }
}

/** Messages are read a few conversations at a time: an export may be larger than memory. */
async function* exported(db: Kysely<Database>, rows: readonly ConversationRow[]): AsyncGenerator<ExportedConversation> {
  for (let i = 0; i < rows.length; i += exportChunk) {
    const chunk = rows.slice(i, i + exportChunk)
    const messages = await messagesOf(
      db,
      chunk.map(row => row.conversation_id),
    )
    for (const row of chunk) yield exportView(row, messages.get(row.conversation_id) ?? [])
  }
}
