import { answerOptions } from '../answer-options.ts'
import { sessionCaller } from '../chat-caller.ts'
import type { HandlersOf } from '../handler.ts'
import { runStream } from '../run-stream.ts'

/** The operations of the tag that are about side threads. */
export type ThreadOperation = Extract<keyof HandlersOf<'Chat'>, `${string}ChatThread${string}`>

export const chatThreads: Pick<HandlersOf<'Chat'>, ThreadOperation> = {
  createChatThread: ({ query, body }, call) =>
    call.bot.chat.threads.open(sessionCaller(call, query.username), {
      sessionId: body.session_id,
      messageId: Number(body.parent_message_id),
      text: body.selected_text,
    }),

  getChatThread: ({ params, query }, call) =>
    call.bot.chat.threads.get(sessionCaller(call, query.username), params.thread_id),

  async deleteChatThread({ params, query }, call) {
    await call.bot.chat.threads.delete(sessionCaller(call, query.username), params.thread_id)
    return { thread_id: params.thread_id }
  },

  async sendChatThreadMessage({ params, query, body }, call) {
    const caller = sessionCaller(call, query.username)
    const run = await call.bot.chat.threads.send(caller, params.thread_id, body.message, answerOptions(body))
    return runStream(run.info.runId, run.follow())
  },
}
