import type { BatchOutcome, Json, RuleKey, SessionFilter } from '@astrbot/core'
import type { Call, HandlersOf } from '../handler.ts'
import { notice } from '../http/notice.ts'

export const sessions: HandlersOf<'Sessions'> = {
  listSessions: ({ query }, { bot }) =>
    bot.sessions.list(
      { search: query.search?.trim(), platform: query.platform, kind: kindOf(query.message_type) },
      query,
    ),

  listActiveUmos: (_, { bot }) => bot.sessions.origins(),

  listSessionRules: ({ query }, { bot }) => bot.sessions.listRules({ search: query.search?.trim() }, query),

  async upsertSessionRule({ body }, call) {
    // The contract leaves room for more keys than it knows; what was parsed from JSON is JSON.
    await call.bot.sessions.setRule(body.umo, body.rule_key, (body.rule_value ?? null) as Json)
    return { message: notice(call, 'Rule saved', '规则已保存'), umo: body.umo }
  },

  async deleteSessionRules({ body }, call) {
    const key: RuleKey | undefined = body.rule_key ?? undefined
    const { umo } = body
    if (umo && !body.umos?.length && !body.scope) {
      await call.bot.sessions.clearRules(umo, key)
      return { message: notice(call, 'Rules deleted', '规则已删除'), umo }
    }
    const outcome = await call.bot.sessions.deleteRules(body, key)
    return {
      message: summary(call, outcome),
      success_count: outcome.succeeded,
      ...(outcome.failed.length > 0 && { failed_umos: outcome.failed }),
    }
  },

  async batchUpdateSessionProvider({ body }, call) {
    return batchResult(call, await call.bot.sessions.setProvider(body, body.provider_type, body.provider_id))
  },

  async batchUpdateSessionService({ body }, call) {
    return batchResult(call, await call.bot.sessions.setSwitches(body, body))
  },

  listSessionGroups: async (_, { bot }) => ({ groups: await bot.sessions.groups.list() }),

  async createSessionGroup({ body }, call) {
    const group = await call.bot.sessions.groups.create(body.name, body.umos ?? [])
    return { message: notice(call, 'Group created', '分组已创建'), group }
  },

  async updateSessionGroup({ params, body }, call) {
    const group = await call.bot.sessions.groups.update(params.group_id, body)
    return { message: notice(call, 'Group updated', '分组已更新'), group }
  },

  async deleteSessionGroup({ params }, call) {
    await call.bot.sessions.groups.delete(params.group_id)
    return { message: notice(call, 'Group deleted', '分组已删除') }
  },
}

function kindOf(type: 'all' | 'group' | 'private' | '' | undefined): SessionFilter['kind'] {
  return type === 'all' || type === '' ? undefined : type
}

function batchResult(call: Call, outcome: BatchOutcome) {
  return {
    message: summary(call, outcome),
    success_count: outcome.succeeded,
    failed_count: outcome.failed.length,
    failed_umos: outcome.failed,
  }
}

function summary(call: Call, { succeeded, failed }: BatchOutcome): string {
  return notice(
    call,
    `${succeeded} sessions changed${failed.length > 0 ? `, ${failed.length} failed` : ''}`,
    `已更改 ${succeeded} 个会话${failed.length > 0 ? `，${failed.length} 个失败` : ''}`,
  )
}
