import type { Transport } from '../http/transport.ts'
import type { RequestOptions } from '../options.ts'
import { paginate } from '../paginate.ts'
import { isRecord } from '../record.ts'
import type { ChatSession, ChatSessionDetail, ChatSessionPage } from './types.ts'

/** Every call may name the user an API key speaks for; left out: the client's `username`. */
export interface SessionOptions extends RequestOptions {
  username?: string | undefined
}

export interface SessionListOptions extends SessionOptions {
  page?: number | undefined
  /** 1 to 100. */
  pageSize?: number | undefined
  platformId?: string | undefined
}

/** The chat sessions of a user. */
export interface ChatSessions {
  /** One page, the session changed last first. */
  list(options?: SessionListOptions): Promise<ChatSessionPage>
  /** All of them, page after page while the loop goes on. */
  iterate(options?: SessionListOptions): AsyncGenerator<ChatSession, void, void>
  /** A session with one page of its messages, page 1 being the newest. @throws NotFoundError, PermissionError */
  get(sessionId: string, options?: Omit<SessionListOptions, 'platformId'>): Promise<ChatSessionDetail>
  /** An empty session. */
  create(
    options?: SessionOptions & { platformId?: string | undefined },
  ): Promise<{ session_id: string; platform_id: string }>
  rename(sessionId: string, title: string, options?: SessionOptions): Promise<void>
  /** Stops its turns and removes everything about it. */
  delete(sessionId: string, options?: SessionOptions): Promise<void>
}

const list = '/api/v1/chat/sessions'
const one = `${list}/{session_id}`

export function createChatSessions(transport: Transport): ChatSessions {
  function initOf(options: SessionListOptions, path?: Record<string, string>) {
    const { username = transport.options.username, page, pageSize, platformId, ...rest } = options
    return {
      ...rest,
      params: { ...(path && { path }), query: { username, page, page_size: pageSize, platform_id: platformId } },
    }
  }
  const sessions = {
    async list(options: SessionListOptions = {}) {
      const data = await transport.call('GET', list, initOf({ page: 1, ...options }))
      // Older servers answer a plain array to dashboard tokens.
      return isRecord(data) || !Array.isArray(data)
        ? data
        : { sessions: data, page: 1, page_size: data.length, total: data.length }
    },
    iterate: (options: SessionListOptions = {}) => paginate(transport, list, initOf(options)),
    get: (id: string, options: SessionListOptions = {}) =>
      transport.call('GET', one, initOf(options, { session_id: id })),
    create: (options: SessionListOptions = {}) => transport.call('GET', `${list}/new`, initOf(options)),
    rename: (id: string, title: string, options: SessionOptions = {}) =>
      transport.call('PATCH', one, { ...initOf(options, { session_id: id }), body: { display_name: title } }),
    delete: (id: string, options: SessionOptions = {}) =>
      transport.call('DELETE', one, initOf(options, { session_id: id })),
  }
  // The boundary: typed by the contract.
  return sessions as unknown as ChatSessions
}
