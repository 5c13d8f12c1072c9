import type { Schemas } from '@astrbot/contract'
import { HistoryInput } from '@astrbot/contract/schemas'
import { type ExportFormat, exportText, type HistoryItem, invalid } from '@astrbot/core'
import type { HandlersOf } from '../handler.ts'
import { parseJsonText } from '../http/body.ts'
import { download } from '../http/download.ts'
import { notice } from '../http/notice.ts'
import { refuseUnstorable, validate } from '../http/validate.ts'

const files: Record<ExportFormat, { mediaType: string; extension: string }> = {
  jsonl: { mediaType: 'application/jsonl', extension: 'jsonl' },
  json: { mediaType: 'application/json', extension: 'json' },
  markdown: { mediaType: 'text/markdown; charset=utf-8', extension: 'md' },
}

export const conversations: HandlersOf<'Conversations'> = {
  listConversations: ({ query }, { bot }) =>
    bot.conversations.list({
      page: query.page,
      page_size: query.page_size,
      filter: {
        umo: query.user_id,
        platformIds: [...named(query.platform_id), ...named(query.platforms)],
        messageTypes: named(query.message_types),
        excludedOrigins: named(query.exclude_ids),
        excludedPlatformIds: named(query.exclude_platforms),
        search: query.search,
      },
      includeHistory: query.include_history ?? true,
      groupBySession: query.group_by_session ?? false,
    }),

  getConversationFilterOptions: async (_, { bot }) => ({ bots: await bot.conversations.bots() }),

  getConversation: ({ params, query }, { bot }) =>
    bot.conversations.get({ cid: params.conversation_id, user_id: query.user_id }),

  async updateConversation({ params, query, body }, call) {
    const { title, persona_id, user_id } = body
    await call.bot.conversations.update(
      { cid: params.conversation_id, user_id: user_id || query.user_id },
      { ...(typeof title === 'string' && { title }), ...(typeof persona_id === 'string' && { persona_id }) },
    )
    return { message: notice(call, 'Conversation updated', '对话已更新') }
  },

  async deleteConversation({ params, query }, call) {
    await call.bot.conversations.delete({ cid: params.conversation_id, user_id: query.user_id })
    return { message: notice(call, 'Conversation deleted', '对话已删除') }
  },

  async batchDeleteConversations({ body }, call) {
    const failures = await call.bot.conversations.deleteAll(body.conversations)
    const failed = failures.map(({ ref, reason }) => `user_id:${ref.user_id}, cid:${ref.cid} - ${reason}`)
    const deleted = body.conversations.length - failed.length
    return {
      message: notice(
        call,
        `${deleted} deleted${failed.length > 0 ? `, ${failed.length} failed` : ''}`,
        `已删除 ${deleted} 个${failed.length > 0 ? `，${failed.length} 个失败` : ''}`,
      ),
      deleted_count: deleted,
      failed_count: failed.length,
      failed_items: failed,
    }
  },

  async replaceConversationMessages({ params, query, body }, call) {
    const ref = { cid: params.conversation_id, user_id: body.user_id || query.user_id }
    await call.bot.conversations.replaceMessages(ref, historyOf(body))
    return { message: notice(call, 'Messages replaced', '消息已替换') }
  },

  async exportConversations({ body }, call) {
    const refs = body.conversations ?? []
    const ids = body.conversation_ids ?? []
    if (refs.length + ids.length === 0) throw invalid('body.conversations', 'expected at least one conversation')
    const format = body.format ?? 'jsonl'
    const text = exportText(await call.bot.conversations.export(refs, ids), format)
    const { mediaType, extension } = files[format]
    const [date, time] = new Date(call.bot.clock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T')
    return download(call, text, mediaType, `astrbot_conversations_export_${date}_${time}.${extension}`)
  },
}

/** The items of a list separated by commas. */
function named(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}

/** The messages of a request, be they an array or the JSON text of one. */
function historyOf(body: Schemas['ConversationMessagesReplaceRequest']): readonly HistoryItem[] {
  const at = body.history === undefined || body.history === null ? 'body.messages' : 'body.history'
  const given = body.history ?? body.messages
  if (given === undefined || given === null) throw invalid('body.history', 'expected messages')
  if (typeof given !== 'string') return given
  let items: unknown
  try {
    items = parseJsonText(given)
  } catch {
    items = undefined
  }
  if (!Array.isArray(items)) throw invalid(at, 'expected the JSON text of an array')
  refuseUnstorable(at, items)
  return validate(at, HistoryInput(), items) as HistoryItem[]
}
