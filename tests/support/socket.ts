import { createValidators } from '@astrbot/testing'
import { WebSocket } from 'ws'
import { checker } from './checker.ts'
import { contract, infoOf, type OperationId } from './contract.ts'
import type { TestServer } from './server.ts'

/** A frame as it came. */
export type Frame = Readonly<Record<string, unknown>> & {
  type?: string
  t?: string
  data?: unknown
  code?: string
  message_id?: string
  id?: string
}

export type SocketOperation = Extract<OperationId, `open${string}WebSocket`>

export interface SocketOptions {
  query?: Readonly<Record<string, string>> | [name: string, value: string][]
  headers?: Readonly<Record<string, string>>
  /** Another path that leads to the operation. */
  path?: string
}

/** What a handshake was answered with when it was no socket. */
export interface Refusal {
  status: number
  code: string
  body: unknown
}

const validators = createValidators({ ...contract })

/** What the contract has against a frame of an operation's socket. */
export function frameProblems(id: SocketOperation, side: 'client' | 'server', frame: unknown): string[] {
  const { path } = infoOf(id)
  return validators.at('paths', path, 'get', 'x-astrbot-frames', side)(frame)
}

/** An open socket. Every frame is held against the contract; what came is kept. */
export class TestSocket implements AsyncDisposable {
  readonly frames: Frame[] = []
  closed: { code: number; reason: string } | undefined
  readonly raw: WebSocket
  readonly #id: SocketOperation
  readonly #problems: string[] = []
  #next = 0
  #wake = Promise.withResolvers<void>()

  private constructor(id: SocketOperation, raw: WebSocket) {
    this.#id = id
    this.raw = raw
    raw.on('message', data => this.#take(String(data)))
    raw.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
      this.#stir()
    })
    raw.on('error', () => {})
  }

  /** Opens a socket, or answers how the handshake was refused. */
  static async try(
    server: Pick<TestServer, 'url'>,
    id: SocketOperation,
    { query = {}, headers = {}, path = infoOf(id).path }: SocketOptions = {},
  ): Promise<TestSocket | Refusal> {
    const search = new URLSearchParams(query)
    const raw = new WebSocket(`${server.url.replace('http', 'ws')}${path}${search.size > 0 ? `?${search}` : ''}`, {
      headers: { ...headers },
    })
    const socket = new TestSocket(id, raw)
    return new Promise((resolve, reject) => {
      raw.on('open', () => {
        checker.check({ operationId: id, status: 101 })
        resolve(socket)
      })
      raw.on('unexpected-response', (_, response) => {
        let text = ''
        response.on('data', chunk => {
          text += chunk
        })
        response.on('end', () => {
          const body = JSON.parse(text) as { data?: { code?: string } }
          resolve({ status: response.statusCode ?? 0, code: body.data?.code ?? '', body })
        })
      })
      raw.on('error', reject)
    })
  }

  /** Opens a socket. */
  static async open(
    server: Pick<TestServer, 'url'>,
    id: SocketOperation,
    options?: SocketOptions,
  ): Promise<TestSocket> {
    const socket = await TestSocket.try(server, id, options)
    if (!(socket instanceof TestSocket)) throw new Error(`${id} was refused: ${JSON.stringify(socket)}`)
    return socket
  }

  /** Sends a frame that keeps the contract. */
  send(frame: object): void {
    const problems = frameProblems(this.#id, 'client', frame)
    if (problems.length > 0) throw new Error(`the test sends what the contract refuses: ${problems.join('; ')}`)
    this.raw.send(JSON.stringify(frame))
  }

  /** Sends anything. */
  sendRaw(data: string | Uint8Array): void {
    this.raw.send(data)
  }

  /** The next frame that fits; those before it are passed over. */
  async next(fits: (frame: Frame) => boolean = () => true, timeoutMs = 8000): Promise<Frame> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      for (let frame = this.frames[this.#next]; frame; frame = this.frames[this.#next]) {
        this.#next++
        if (fits(frame)) return frame
      }
      if (this.#problems.length > 0) throw new Error(this.#problems.join('\n'))
      if (this.closed) throw new Error(`the socket was closed: ${JSON.stringify(this.closed)}`)
      const left = deadline - performance.now()
      if (left <= 0) throw new Error(`no such frame came, only ${JSON.stringify(this.frames).slice(-1000)}`)
      await this.#stirred(left)
    }
  }

  /** Sends what breaks the contract and answers the error that comes back. */
  async refused(frame: unknown): Promise<Frame> {
    this.sendRaw(typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame))
    return this.next(({ type, t }) => type === 'error' || t === 'error')
  }

  /** The close of the socket. */
  async closing(timeoutMs = 8000): Promise<{ code: number; reason: string }> {
    const deadline = performance.now() + timeoutMs
    while (!this.closed) {
      if (performance.now() > deadline) throw new Error('the socket stays open')
      await this.#stirred(100)
    }
    return this.closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.raw.terminate()
    if (this.#problems.length > 0) throw new Error(this.#problems.join('\n'))
  }

  #take(text: string): void {
    const frame: unknown = JSON.parse(text)
    const problems = frameProblems(this.#id, 'server', frame)
    if (problems.length > 0) this.#problems.push(`a frame breaks the contract: ${problems.join('; ')}\n${text}`)
    this.frames.push(frame as Frame)
    this.#stir()
  }

  #stir(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }

  async #stirred(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await Promise.race([
      this.#wake.promise,
      new Promise<void>(resolve => {
        timer = setTimeout(resolve, milliseconds)
      }),
    ])
    clearTimeout(timer)
  }
}

/** The kinds of frames in order, repetitions once. */
export function frameKinds(frames: readonly Frame[]): string {
  return frames
    .map(({ type, t }) => type ?? t ?? '?')
    .filter((kind, i, all) => kind !== all[i - 1])
    .join(' ')
}

/** The answer that frames spell. */
export function spelt(frames: readonly Frame[]): string {
  return frames.map(frame => (frame.type === 'plain' && frame['chain_type'] === null ? frame.data : '')).join('')
}
