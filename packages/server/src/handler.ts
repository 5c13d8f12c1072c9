import type { OperationEvents, operations, RawBodyOperations, TagOperations } from '@astrbot/contract'
import type { AstrBot, Identity } from '@astrbot/core'
import type { EventStream } from './http/event-stream.ts'
import type { Reply } from './http/reply.ts'

type Operation = keyof operations

type Part<O, P extends string> = O extends { parameters: { [K in P]?: infer V } }
  ? undefined extends V
    ? Record<never, never>
    : V
  : never

type Content<O> = O extends { requestBody: { content: infer C } }
  ? C[keyof C]
  : O extends { requestBody?: { content: infer C } }
    ? C[keyof C] | undefined
    : undefined

type Answers<O> = O extends { responses: infer R } ? R[keyof R & (200 | 201 | 202)] : never

type Data<O> = Answers<O> extends { content: { 'application/json': { data: infer D } } } ? D : never

type NotJson<O> =
  Answers<O> extends { content: infer C }
    ? Exclude<keyof C, 'application/json'> extends never
      ? never
      : Response
    : Response

/** The checked input of an operation. */
export interface Input<K extends Operation> {
  params: Part<operations[K], 'path'>
  query: Part<operations[K], 'query'>
  headers: Part<operations[K], 'header'>
  /** Unchecked where the domain casts it first (`x-astrbot-cast` in the contract). */
  body: K extends RawBodyOperations ? unknown : Content<operations[K]>
}

/** What an operation may answer: its data, a reply (data with message, cookies, status), a stream of its events, or bytes. */
export type Answer<K extends Operation> =
  | (K extends keyof OperationEvents ? EventStream<OperationEvents[K]> : never)
  | Data<operations[K]>
  | Reply<Data<operations[K]>>
  | NotJson<operations[K]>

/** The circumstances of a call, beside its input. */
export interface Call {
  bot: AstrBot
  /** Who is asking; null on public operations without a credential. */
  identity: Identity | null
  requestId: string
  /** The raw request, for headers the contract does not name. */
  request: Request
  /** The caller's address, as rate limits see it. */
  address: string
  /** The sub-path we are served under; empty at the root. */
  basePath: string
  /** True when the connection is HTTPS, here or at a trusted proxy. */
  secure: boolean
  /** Aborts when the caller goes away. */
  signal: AbortSignal
}

export type Handler<K extends Operation> = (input: Input<K>, call: Call) => Answer<K> | Promise<Answer<K>>

/** The handlers of a tag: one for each of its operations, no more and no fewer. */
export type HandlersOf<T extends keyof TagOperations> = { [K in TagOperations[T]]: Handler<K> }

/** The identity of a caller on an operation that demands one. */
export function caller(call: Call): Identity {
  if (!call.identity) throw new Error('an operation without credentials asked for its caller')
  return call.identity
}
