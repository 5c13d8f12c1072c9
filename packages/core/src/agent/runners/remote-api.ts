import { randomUUID } from 'node:crypto'
import { AstrBotError } from '../../errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { type Fetch, maskSecrets } from '../../providers/index.ts'
import type { RunnerImage } from './runner.ts'
import { type SseEvent, sseEvents } from './sse.ts'

/** Milliseconds that the remote side has to take note of a stop. */
const stopPatienceMs = 5000
const mostErrorBytes = 64 * 1024
const mostAnswerBytes = 16 * 1024 * 1024

export interface RemoteApiOptions {
  title: string
  baseUrl: string
  headers: Readonly<Record<string, string>>
  /** Masked wherever words of the other side are repeated. */
  secrets: readonly string[]
  /** Longest silence. */
  timeoutMs: number
  fetch: Fetch
}

/** The HTTP API of a remote agent: sends, waits as long as it may, and turns every failure into an error of ours. */
export class RemoteApi {
  readonly #options: RemoteApiOptions

  constructor(options: RemoteApiOptions) {
    this.#options = { ...options, baseUrl: options.baseUrl.trim().replace(/\/+$/, '') }
  }

  /** An answer of JSON. */
  async json(method: string, path: string, body: JsonObject | undefined, signal: AbortSignal): Promise<JsonObject> {
    const text = body && JSON.stringify(body)
    return this.#read(await this.#send(method, path, text, { 'content-type': 'application/json' }, signal), signal)
  }

  /** Stores a picture at the other side. */
  async upload(
    path: string,
    image: RunnerImage,
    fields: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const boundary = `astrbot-${randomUUID()}`
    const lines = Object.entries(fields).map(
      ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    const filename = image.filename.replace(/["\r\n\\]/g, '_')
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: ${image.mediaType}\r\n\r\n`
    const body = Buffer.concat([
      Buffer.from(lines.join('') + head),
      image.bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ])
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
    return this.#read(await this.#send('POST', path, body, headers, signal), signal)
  }

  /** The events of a streamed answer; an answer of plain JSON is one event without a name. */
  async *stream(path: string, body: JsonObject, signal: AbortSignal, headers: Record<string, string> = {}) {
    const all = { 'content-type': 'application/json', accept: 'text/event-stream', ...headers }
    const response = await this.#send('POST', path, JSON.stringify(body), all, signal)
    try {
      if (isEventStream(response)) yield* sseEvents(this.#chunks(response, signal))
      else yield { event: '', data: await this.#text(response, signal, mostAnswerBytes) } satisfies SseEvent
    } catch (error) {
      throw this.#known(error, signal)
    }
  }

  /** Tells the other side to stop, whatever became of the turn. Nobody waits for it, and failing is no failure. */
  tellToStop(path: string, body: JsonObject): void {
    this.json('POST', path, body, AbortSignal.timeout(stopPatienceMs)).catch(() => {})
  }

  /** What the other side says went wrong. */
  failure(words: string): AstrBotError {
    const { title, secrets } = this.#options
    const cause = maskSecrets(words, secrets)
    return new AstrBotError('agent_runner_failed', { runner: title, detail: cause.slice(0, 200) }, { cause })
  }

  /** JSON of an event. @throws agent_runner_failed */
  parse(text: string): JsonObject {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw this.failure(`what it sent is no JSON: ${text.slice(0, 100)}`)
    }
    return isJsonObject(value) ? value : {}
  }

  async #send(
    method: string,
    path: string,
    body: string | Buffer | undefined,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Response> {
    const { baseUrl, fetch: send, headers: own, timeoutMs } = this.#options
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(new Silence()), timeoutMs)
    try {
      const response = await send(`${baseUrl}${path}`, {
        method,
        headers: { ...own, ...headers },
        signal: AbortSignal.any([signal, patience.signal]),
        ...(body !== undefined && { body }),
      })
      clearTimeout(timer)
      if (!response.ok) throw await this.#refused(response, signal)
      return response
    } catch (error) {
      throw this.#known(error, signal)
    } finally {
      clearTimeout(timer)
    }
  }

  async #refused(response: Response, signal: AbortSignal): Promise<AstrBotError> {
    const { title, secrets } = this.#options
    const text = await this.#text(response, signal, mostErrorBytes).catch(() => '')
    const cause = maskSecrets(`HTTP ${response.status}: ${wordsIn(text) || response.statusText}`, secrets)
    const params = { runner: title }
    if (response.status === 401 || response.status === 403)
      return new AstrBotError('agent_runner_auth_failed', params, { cause, http_status: response.status })
    return new AstrBotError(
      'agent_runner_failed',
      { ...params, detail: cause.slice(0, 200) },
      { cause, http_status: response.status },
    )
  }

  async #read(response: Response, signal: AbortSignal): Promise<JsonObject> {
    try {
      const text = await this.#text(response, signal, mostAnswerBytes)
      return text === '' ? {} : this.parse(text)
    } catch (error) {
      throw this.#known(error, signal)
    }
  }

  async #text(response: Response, signal: AbortSignal, most: number): Promise<string> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of this.#chunks(response, signal)) {
      size += chunk.length
      if (size > most) throw new RangeError('the answer is too long')
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }

  /** The bytes of an answer; silence ends them. */
  async *#chunks(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const reader = response.body?.getReader()
    if (!reader) return
    try {
      for (;;) {
        const { done, value } = await this.#withPatience(reader.read(), signal)
        if (done) return
        yield value
      }
    } finally {
      reader.cancel().catch(() => {})
    }
  }

  #withPatience<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    const { promise: over, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Silence()), this.#options.timeoutMs)
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    return Promise.race([work, over]).finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    })
  }

  /** Whatever went wrong, as an error of ours; a stop stays what it is. */
  #known(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted || error instanceof AstrBotError) return error
    const { title, timeoutMs, secrets } = this.#options
    if (error instanceof Silence) {
      const cause = `silent for ${timeoutMs / 1000} s`
      return new AstrBotError('agent_runner_timeout', { runner: title }, { cause })
    }
    const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const cause = maskSecrets(inner instanceof Error ? inner.message : String(inner), secrets)
    return new AstrBotError('agent_runner_unreachable', { runner: title }, { cause })
  }
}

class Silence extends Error {}

function isEventStream(response: Response): boolean {
  return response.headers.get('content-type')?.includes('text/event-stream') ?? false
}

/** Finds the sentence in the body of an error. */
function wordsIn(text: string): string {
  try {
    const value = JSON.parse(text) as Json
    const found = isJsonObject(value) ? (value.message ?? value.msg ?? value.detail ?? value.error) : undefined
    if (typeof found === 'string') return found
    return found === undefined || found === null ? text : JSON.stringify(found)
  } catch {
    return text.replace(/<[^>]*>/g, ' ')
  }
}
