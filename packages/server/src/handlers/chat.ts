import { AstrBotError } from '@astrbot/core'
import { answerOptions } from '../answer-options.ts'
import { sessionCaller, speaker } from '../chat-caller.ts'
import { caller, type HandlersOf } from '../handler.ts'
import { runStream } from '../run-stream.ts'
import { upgradeRequired } from '../sockets/upgrade-required.ts'
import type { ProjectOperation } from './chat-projects.ts'
import type { ThreadOperation } from './chat-threads.ts'

type BuiltChat = Omit<HandlersOf<'Chat'>, ProjectOperation | ThreadOperation>

const mostSessions = 100

export const chat: BuiltChat = {
  async sendChatMessage({ body }, call) {
    const user = speaker(call, body.username)
    const profileId = user.apiKeyId === null ? undefined : call.bot.config.choose(body.config_id, body.config_name)
    const run = await call.bot.chat.send(user, {
      message: body.message ?? body.files,
      sessionId: body.session_id ?? body.conversation_id ?? undefined,
      profileId,
      answerCheckpoint: (body._skip_user_history && body._llm_checkpoint_id) || undefined,
      ...answerOptions(body),
    })
    return runStream(run.info.runId, run.follow())
  },

  async resumeChatRun({ params, query, headers }, call) {
    const last = headers['Last-Event-ID']
    const [run, seq] = last === undefined ? [] : splitAtLast(last, ':')
    if (run !== undefined && run !== params.run_id) throw new AstrBotError('run_unavailable')
    const after = seq === undefined ? query.after : Number(seq)
    const resumed = await call.bot.chat.resume(sessionCaller(call, query.username), params.run_id, after)
    return runStream(params.run_id, resumed.events, resumed.snapshot)
  },

  async listChatSessions({ query }, call) {
    const byKey = caller(call).apiKeyId !== null
    const user = speaker(call, query.username)
    if (!byKey && query.page === undefined && query.page_size === undefined) {
      return (await call.bot.chat.sessions.list(user, { page: 1, pageSize: mostSessions }, query.platform_id)).sessions
    }
    const page = Math.max(1, query.page ?? 1)
    const pageSize = Math.min(mostSessions, Math.max(1, query.page_size ?? 20))
    return call.bot.chat.sessions.list(user, { page, pageSize }, query.platform_id)
  },

  createChatSession: ({ query }, call) =>
    call.bot.chat.sessions.create(sessionCaller(call, query.username), query.platform_id),

  getChatSession: ({ params, query }, call) =>
    call.bot.chat.sessions.get(sessionCaller(call, query.username), params.session_id, {
      page: query.page,
      pageSize: query.page_size,
    }),

  async updateChatSession({ params, query, body }, call) {
    await call.bot.chat.sessions.rename(
      sessionCaller(call, query.username),
      params.session_id,
      body.display_name ?? undefined,
    )
    return {}
  },

  async deleteChatSession({ params, query }, call) {
    await call.bot.chat.sessions.delete(sessionCaller(call, query.username), params.session_id)
    return {}
  },

  batchDeleteChatSessions: ({ query, body }, call) =>
    call.bot.chat.sessions.deleteAll(sessionCaller(call, query.username), body.session_ids),

  async updateChatMessage({ params, query, body }, call) {
    const { session_id, message_id } = params
    const caller = sessionCaller(call, query.username)
    const message = await call.bot.chat.edits.edit(caller, session_id, message_id, body.content.message)
    return { message, needs_regenerate: true, truncated_after_message: true }
  },

  async regenerateChatMessage({ params, query, body }, call) {
    const { session_id, message_id } = params
    const caller = sessionCaller(call, query.username)
    const run = await call.bot.chat.edits.regenerate(caller, session_id, message_id, answerOptions(body))
    return runStream(run.info.runId, run.follow())
  },

  listChatConfigs: (_, { bot }) => ({ info_list: bot.config.profiles.list() }),

  openChatWebSocket: upgradeRequired,
  openUnifiedChatWebSocket: upgradeRequired,
  openLiveChatWebSocket: upgradeRequired,
  openLiveWebSocket: upgradeRequired,

  stopChatSession: async ({ params, query }, call) => ({
    stopped_count: await call.bot.chat.sessions.stop(sessionCaller(call, query.username), params.session_id),
  }),
}

function splitAtLast(text: string, separator: string): [string, string] {
  const at = text.lastIndexOf(separator)
  return [text.slice(0, at), text.slice(at + 1)]
}
