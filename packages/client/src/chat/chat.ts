import type { Transport } from '../http/transport.ts'
import { openStream } from '../sse/open-stream.ts'
import { withFiles } from './attachments.ts'
import { followTurn } from './follow.ts'
import { openRun } from './open-run.ts'
import { type ChatOptions, type ResumeOptions, toBody } from './options.ts'
import { type ChatSessions, createChatSessions } from './sessions.ts'
import { type ChatStream, createChatStream } from './stream.ts'
import type { ChatAnswer } from './types.ts'

/** Talking to the bot. */
export interface Chat {
  /**
   * Sends a message and follows the turn it starts.
   * @example
   * for await (const piece of client.chat.stream({ message: 'Hello', username: 'ada' }).textStream) write(piece)
   */
  stream(options: ChatOptions): ChatStream
  /**
   * Sends a message and waits for the whole answer.
   * @throws RunError when the turn broke
   */
  send(options: ChatOptions): Promise<ChatAnswer>
  /** Follows a run that is going on. @throws NotFoundError (in the views) when it is over or somebody else's */
  resume(runId: string, options?: ResumeOptions): ChatStream
  readonly sessions: ChatSessions
}

export function createChat(transport: Transport): Chat {
  const sessions = createChatSessions(transport)
  const client = transport.options

  function stream(options: ChatOptions): ChatStream {
    const username = options.username ?? client.username
    return createChatStream({
      transport,
      options,
      username,
      known: { sessionId: options.sessionId, checkpointId: options.body?._llm_checkpoint_id ?? undefined },
      async follow(turn) {
        const message = await withFiles(transport, { ...options, signal: turn.init.signal })
        // With a dashboard token the server does not make a session by itself.
        const named = options.sessionId ?? options.body?.session_id ?? options.body?.conversation_id
        const sessionId = named || client.apiKey ? options.sessionId : (await sessions.create(turn.init)).session_id
        const body = toBody({ ...options, message }, client, sessionId)
        await followTurn(turn, await openStream(transport, 'POST', '/api/v1/chat', { ...turn.init, body }))
      },
    })
  }

  return {
    stream,
    send: options => stream(options).final(),
    resume(runId, options = {}) {
      const { after, username = client.username, sessionId } = options
      return createChatStream({
        transport,
        options,
        username,
        known: { runId, sessionId },
        ...(after !== undefined && { position: { id: `${runId}:${after}`, number: after } }),
        follow: async turn => followTurn(turn, await openRun(transport, runId, { username, after }, turn.init)),
      })
    },
    sessions,
  }
}
