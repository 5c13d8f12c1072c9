import type { ClientOptions, RequestOptions } from '../options.ts'
import type { Attachment } from './attachments.ts'
import type { ChatFlags, ChatInput, ChatRequest } from './types.ts'

/** A message to the bot. */
export interface ChatOptions extends RequestOptions {
  /** A text, or parts such as `{ type: 'image', attachment_id }`. */
  message: ChatInput
  /** Files that go with it: a `Blob` or `File` is uploaded first; what `upload` of `@astrbot/client/upload` gives fits too. */
  attachments?: readonly Attachment[] | undefined
  /** The session to go on in. Left out: a new one. */
  sessionId?: string | undefined
  /** API keys only: the user who speaks and owns the session. Left out: the client's `username`. */
  username?: string | undefined
  /** Provider id for this turn. */
  provider?: string | undefined
  /** Model of that provider for this turn. */
  model?: string | undefined
  /** API keys only: route the session to this configuration profile from now on. */
  configId?: string | undefined
  configName?: string | undefined
  /** False: the answer comes in whole messages. */
  streaming?: boolean | undefined
  flags?: ChatFlags | undefined
  /** Further fields of the request, by their names on the wire. */
  body?: Partial<ChatRequest> | undefined
  /** How often in a row a broken connection is taken up again. 5 unless given. */
  maxResumes?: number | undefined
}

/** How to follow a run that is going on. */
export interface ResumeOptions extends RequestOptions {
  /** The number of the last event that is known, 0 for all of them. Left out: a snapshot first. */
  after?: number | undefined
  /** API keys only: the user the run belongs to. Left out: the client's `username`. */
  username?: string | undefined
  /** The session of the run, if known: its stored answer is taken when the run ends while the connection is broken. */
  sessionId?: string | undefined
  maxResumes?: number | undefined
}

/** The body that says it. JSON leaves out what is undefined. */
export function toBody(
  options: ChatOptions,
  client: ClientOptions,
  sessionId: string | undefined,
): Record<string, unknown> {
  return {
    message: options.message,
    session_id: sessionId,
    username: options.username ?? client.username,
    selected_provider: options.provider,
    selected_model: options.model,
    config_id: options.configId,
    config_name: options.configName,
    enable_streaming: options.streaming,
    flags: options.flags,
    ...options.body,
  }
}
