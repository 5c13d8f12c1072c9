import type { operations } from '@astrbot/contract'
import { checkAnswer } from './checker.ts'
import { infoOf, type OperationId, pathOf } from './contract.ts'
import { EventReader, type Received } from './events.ts'

/** The `data` that an operation answers with on success. */
export type DataOf<K extends OperationId> = operations[K]['responses'] extends {
  200: { content: { 'application/json': { data: infer D } } }
}
  ? D
  : unknown

export interface CallOptions {
  params?: Readonly<Record<string, string>>
  /** A list is sent as a parameter that comes more than once. */
  query?: Readonly<Record<string, string | number | readonly string[]>>
  headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is, in place of `json`. */
  body?: string | Uint8Array<ArrayBuffer>
  /** Content-Type of `body`. */
  type?: string
  signal?: AbortSignal
}

/** The part of an error answer that programs read. */
export interface ErrorData {
  code: string
  request_id?: string
  issues?: { path: string; message: string }[]
  [name: string]: unknown
}

export interface Answer<K extends OperationId> {
  status: number
  headers: Headers
  text: string
  message: string | null
  /** On success. Held against the contract, hence the type is true. */
  data: DataOf<K>
  /** On failure. */
  error: ErrorData
}

/** Calls operations of a server by their names. */
export class Caller {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  async call<K extends OperationId>(id: K, options: CallOptions): Promise<Answer<K>> {
    const response = await this.#send(id, options)
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.split(';')[0] === 'application/json'
    const body = isJson ? (JSON.parse(text) as { message?: string | null; data?: unknown }) : undefined
    checkAnswer(id, response, body, options.json)
    const { status, headers } = response
    // The boundary between what came over the wire, which the checker has just accepted, and its type.
    const data = body?.data as DataOf<K> & ErrorData
    return { status, headers, text, message: body?.message ?? null, data, error: data }
  }

  async stream(id: OperationId, options: CallOptions): Promise<ChatStream> {
    const abort = new AbortController()
    const response = await this.#send(id, { ...options, signal: abort.signal })
    if (response.status !== 200 || !response.body) {
      throw new Error(`${id} answered ${response.status}: ${await response.text()}`)
    }
    checkAnswer(id, response, undefined)
    return new ChatStream(response.headers, response.body, abort)
  }

  #send(
    id: OperationId,
    { params, query = {}, headers = {}, json, body, type, signal }: CallOptions,
  ): Promise<Response> {
    const search = new URLSearchParams(
      Object.entries(query).flatMap(([name, value]) =>
        [value].flat().map((one): [string, string] => [name, String(one)]),
      ),
    )
    const url = this.#url + pathOf(id, params) + (search.size > 0 ? `?${search}` : '')
    const payload = json === undefined ? body : JSON.stringify(json)
    const mediaType = json === undefined ? type : 'application/json'
    return fetch(url, {
      method: infoOf(id).method,
      redirect: 'manual',
      headers: { ...(mediaType !== undefined && { 'content-type': mediaType }), ...headers },
      ...(payload !== undefined && { body: payload }),
      ...(signal && { signal }),
    })
  }
}

/** An open event stream. What was read is kept. */
export class ChatStream implements AsyncIterable<Received> {
  readonly headers: Headers
  readonly received: Received[] = []
  readonly #body: ReadableStreamDefaultReader<Uint8Array>
  readonly #abort: AbortController
  readonly #reader = new EventReader()
  readonly #decoder = new TextDecoder()
  #next = 0

  constructor(headers: Headers, body: ReadableStream<Uint8Array>, abort: AbortController) {
    this.headers = headers
    this.#body = body.getReader()
    this.#abort = abort
  }

  get comments(): readonly string[] {
    return this.#reader.comments
  }

  /** Goes on where the last reading stopped. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Received> {
    for (;;) {
      for (let next = this.received[this.#next]; next; next = this.received[this.#next]) {
        this.#next++
        yield next
      }
      const { done, value } = await this.#body.read()
      if (done) return
      this.received.push(...this.#reader.push(this.#decoder.decode(value, { stream: true })))
    }
  }

  /** Reads to the end. Answers everything that came. */
  async rest(): Promise<Received[]> {
    for await (const _ of this) {
      // Kept in `received`.
    }
    return this.received
  }

  /** Reads on until an event fits; leaves the stream open. */
  async until(fits: (received: Received) => boolean): Promise<Received> {
    for await (const received of this) if (fits(received)) return received
    throw new Error('the stream ended before the event came')
  }

  /** Cuts the connection. */
  close(): void {
    this.#abort.abort()
  }
}
