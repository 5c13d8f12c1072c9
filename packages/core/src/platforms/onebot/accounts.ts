import type { JsonObject } from '../../json.ts'
import type { Connection } from './connection.ts'

const mostChats = 1000

/** The programs that are connected, by the account they speak for. One bot may serve several. */
export class Accounts {
  readonly #connections = new Set<Connection>()
  /** Which account last said something in a chat. */
  readonly #chats = new Map<string, string>()

  add(connection: Connection): void {
    this.#connections.add(connection)
  }

  remove(connection: Connection): void {
    this.#connections.delete(connection)
  }

  get any(): boolean {
    return this.#usable().length > 0
  }

  /** Answers in this chat go through the account that heard of it. */
  note(chat: string, selfId: string): void {
    this.#chats.delete(chat)
    this.#chats.set(chat, selfId)
    const [oldest] = this.#chats.keys()
    if (this.#chats.size > mostChats && oldest !== undefined) this.#chats.delete(oldest)
  }

  /** @throws Error when nobody is connected, and what `Connection.call` throws */
  async callFor(chat: string, action: string, params: JsonObject, timeoutMs?: number): Promise<unknown> {
    return this.call(this.#chats.get(chat), action, params, timeoutMs)
  }

  /** Calls an action through an account, or through any when it is not there. */
  async call(selfId: string | undefined, action: string, params: JsonObject, timeoutMs?: number): Promise<unknown> {
    const usable = this.#usable()
    const connection = usable.findLast(one => one.selfId === selfId) ?? usable.at(-1)
    if (!connection) throw new Error('no OneBot program is connected')
    return connection.call(action, params, timeoutMs)
  }

  closeAll(): void {
    for (const connection of this.#connections) connection.close()
  }

  #usable(): Connection[] {
    return [...this.#connections].filter(connection => connection.isOpen && connection.role !== 'event')
  }
}
