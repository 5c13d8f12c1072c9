import { AstrBotError, type ChatEvent, type NumberedEvent, type Run } from '@astrbot/core'
import { sessionCaller, speaker } from '../chat-caller.ts'
import { caller, type HandlersOf } from '../handler.ts'
import { EventStream, type StreamItem } from '../http/event-stream.ts'
import type { NotBuilt } from '../not-built.ts'
import type { ProjectOperation } from './chat-projects.ts'

type BuiltChat = Omit<HandlersOf<'Chat'>, NotBuilt | ProjectOperation>

const mostSessions = 100

export const chat: BuiltChat = {
  async sendChatMessage({ body }, call) {
    const user = speaker(call, body.username)
    const profileId = user.apiKeyId === null ? undefined : call.bot.config.choose(body.config_id, body.config_name)
    const run = await call.bot.chat.send(user, {
      message: body.message ?? body.files,
      sessionId: body.session_id ?? body.conversation_id ?? undefined,
      streaming: body.flags?.enable_streaming ?? body.enable_streaming ?? true,
      providerId: body.selected_provider ?? undefined,
      model: body.selected_model ?? undefined,
      profileId,
      defaultPrompt: body.flags?.enable_default_system_prompt ?? true,
      answerCheckpoint: (body._skip_user_history && body._llm_checkpoint_id) || undefined,
    })
    return streamOf(run.info.runId, run.follow())
  },

  async resumeChatRun({ params, query, headers }, call) {
    const last = headers['Last-Event-ID']
    const [run, seq] = last === undefined ? [] : splitAtLast(last, ':')
    if (run !== undefined && run !== params.run_id) throw new AstrBotError('run_unavailable')
    const after = seq === undefined ? query.after : Number(seq)
    const resumed = await call.bot.chat.resume(sessionCaller(call, query.username), params.run_id, after)
    return streamOf(params.run_id, resumed.events, resumed.snapshot)
  },

  async listChatSessions({ query }, call) {
    const byKey = caller(call).apiKeyId !== null
    const user = speaker(call, query.username)
    if (!byKey && query.page === undefined && query.page_size === undefined) {
      return (await call.bot.chat.listSessions(user, { page: 1, pageSize: mostSessions }, query.platform_id)).sessions
    }
    const page = Math.max(1, query.page ?? 1)
    const pageSize = Math.min(mostSessions, Math.max(1, query.page_size ?? 20))
    return call.bot.chat.listSessions(user, { page, pageSize }, query.platform_id)
  },

  createChatSession: ({ query }, call) =>
    call.bot.chat.createSession(sessionCaller(call, query.username), query.platform_id),

  getChatSession: ({ params, query }, call) =>
    call.bot.chat.getSession(sessionCaller(call, query.username), params.session_id, {
      page: query.page,
      pageSize: query.page_size,
    }),

  async updateChatSession({ params, query, body }, call) {
    await call.bot.chat.renameSession(
      sessionCaller(call, query.username),
      params.session_id,
      body.display_name ?? undefined,
    )
    return {}
  },

  async deleteChatSession({ params, query }, call) {
    await call.bot.chat.deleteSession(sessionCaller(call, query.username), params.session_id)
    return {}
  },

  batchDeleteChatSessions: ({ query, body }, call) =>
    call.bot.chat.deleteSessions(sessionCaller(call, query.username), body.session_ids),

  listChatConfigs: (_, { bot }) => ({ info_list: bot.config.profiles.list() }),

  stopChatSession: async ({ params, query }, call) => ({
    stopped_count: await call.bot.chat.stopSession(sessionCaller(call, query.username), params.session_id),
  }),
}

/** Events leave with the number under which they can be resumed. */
function streamOf(
  runId: Run['info']['runId'],
  batches: AsyncIterable<NumberedEvent[]>,
  snapshot?: { revision: number },
) {
  return new EventStream<ChatEvent>(items(runId, batches, snapshot))
}

async function* items(
  runId: string,
  batches: AsyncIterable<NumberedEvent[]>,
  snapshot: { revision: number } | undefined,
): AsyncGenerator<StreamItem<ChatEvent>[]> {
  if (snapshot) {
    const event = { type: 'run_snapshot', data: snapshot } as ChatEvent
    yield [{ id: `${runId}:${snapshot.revision}`, event }]
  }
  for await (const batch of batches) yield batch.map(({ seq, event }) => ({ id: `${runId}:${seq}`, event }))
}

function splitAtLast(text: string, separator: string): [string, string] {
  const at = text.lastIndexOf(separator)
  return [text.slice(0, at), text.slice(at + 1)]
}
