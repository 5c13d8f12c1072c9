import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

/** What befalls a connection, told by how many frames it has carried. */
export interface Fault {
  /** `before`: a frame of the client is lost; `after`: it is taken in, then the connection breaks; `answer`: in an answer. */
  when: 'before' | 'after' | 'answer'
  /** At the n-th such frame of the connection, from 1. */
  at: number
}

export interface SocketPeerOptions {
  /** For the first connection, the second, …; what is missing has no faults. */
  faults?: readonly (Fault | undefined)[]
  /** As AstrBot itself: no numbers on events, one turn after the other, no resuming with a key. */
  plain?: boolean
  /** Milliseconds between the events of a turn; 0 is the next round of the event loop. */
  pace?: number
  /** The only credential that is taken. */
  secret?: string
}

interface PeerRun {
  id: string
  messageId: string
  sessionId: string
  text: string
  events: object[]
  over: boolean
  stopped: boolean
  wake: (() => void)[]
}

/** A server of the chat sockets that says what the test expects, with faults where the test wants them. */
export interface SocketPeer extends AsyncDisposable {
  url: string
  /** Text of every message that was taken in, in their order. */
  taken: string[]
  /** Frames of the clients, in their order. */
  frames: Record<string, unknown>[]
  /** How many connections there have been. */
  connections: number
  /** Requests over HTTP: method and path. */
  requests: string[]
  /** Breaks every connection. */
  drop(): void
  /** Sends a frame to every connection. */
  say(frame: unknown): void
  /** From now on it reads nothing and says nothing, or does again. */
  freeze(frozen: boolean): void
}

/** The words a message is answered with. */
export function peerAnswer(text: string): string {
  return `you said ${text} and I heard it`
}

export async function startSocketPeer(options: SocketPeerOptions = {}): Promise<SocketPeer> {
  const { faults = [], plain = false, pace = 0, secret = 'abk_1' } = options
  const runs = new Map<string, PeerRun>()
  const sessions = new Map<string, string[]>()
  const open = new Set<WebSocket>()
  let frozen = false
  const http = createServer(answer)
  const sockets = new WebSocketServer({ server: http, maxPayload: 16 * 1024 * 1024 })

  function begin(messageId: string, sessionId: string, text: string): PeerRun {
    const id = plain ? crypto.randomUUID() : messageId
    if (runs.has(id)) throw new Error(`the run ${id} exists: a message came twice`)
    const run: PeerRun = { id, messageId, sessionId, text, events: [], over: false, stopped: false, wake: [] }
    runs.set(id, run)
    peer.taken.push(text)
    sessions.set(sessionId, [...(sessions.get(sessionId) ?? []), text])
    void play(run)
    return run
  }

  async function play(run: PeerRun): Promise<void> {
    const words = peerAnswer(run.text).split(' ')
    const plainEvent = (data: string) => ({ type: 'plain', data, streaming: true, chain_type: null })
    const script = [
      { type: 'session_id', data: null, session_id: run.sessionId },
      { type: 'run_started', data: { run_id: run.id }, streaming: false },
      ...words.map((word, index) => plainEvent(index === 0 ? word : ` ${word}`)),
      { type: 'complete', data: words.join(' '), reasoning: '', streaming: true },
      { type: 'message_saved', data: { id: 1, created_at: '2026-07-06T04:00:00+00:00' } },
    ]
    for (const event of script) {
      if (run.stopped) break
      publish(run, event)
      await tick(pace)
    }
    run.over = true
    publish(run, { type: 'end', data: '', streaming: false })
  }

  function publish(run: PeerRun, event: object): void {
    run.events.push({ ...event, message_id: run.messageId })
    for (const wake of run.wake.splice(0)) wake()
  }

  async function* follow(run: PeerRun, after: number): AsyncGenerator<[number, object]> {
    for (let next = after; ; ) {
      const event = run.events[next]
      if (event) yield [++next, event]
      else if (run.over) return
      else await new Promise<void>(resolve => run.wake.push(resolve))
    }
  }

  function accept(socket: WebSocket, request: IncomingMessage): void {
    const fault = faults[peer.connections++]
    const url = new URL(request.url ?? '', 'http://x')
    const unified = !url.pathname.endsWith('/chat/ws')
    let heard = 0
    let said = 0
    let last: Promise<void> = Promise.resolve()
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => {})

    function say(frame: object): void {
      if (frozen || socket.readyState !== WebSocket.OPEN) return
      socket.send(JSON.stringify(unified ? { ct: 'chat', ...frame } : frame))
      if ('data' in frame && fault?.when === 'answer' && ++said === fault.at) socket.terminate()
    }

    async function tell(run: PeerRun): Promise<void> {
      for await (const [number, event] of follow(run, 0)) {
        if (socket.readyState !== WebSocket.OPEN) return
        if (unified && 'session_id' in event) continue
        say(plain ? event : { ...event, id: `${run.id}:${number}` })
      }
    }

    if ((url.searchParams.get('token') ?? url.searchParams.get('api_key')) !== secret) {
      if (!unified) say({ type: 'error', code: 'UNAUTHORIZED', data: 'Invalid API key' })
      socket.close(1008, unified ? 'Invalid token' : 'Invalid API key')
      return
    }

    socket.on('message', data => {
      if (frozen) return
      const frame = JSON.parse(String(data)) as Record<string, unknown>
      const isSend = frame.t === 'send'
      if (isSend && fault?.when === 'before' && ++heard === fault.at) return socket.terminate()
      peer.frames.push(frame)
      if (frame.t === 'ping') {
        if (plain && unified)
          say({ t: 'error', code: 'INVALID_MESSAGE_FORMAT', data: 'Unsupported message type: ping' })
        else say({ type: 'pong' })
      } else if (frame.t === 'bind') {
        say({ type: 'session_bound', session_id: frame.session_id, message_id: `ws_sub_${frame.session_id}` })
      } else if (frame.t === 'interrupt') {
        for (const run of runs.values()) if (run.messageId === frame.message_id) run.stopped = true
        say({ t: 'error', code: 'INTERRUPTED', data: 'INTERRUPTED', message_id: frame.message_id })
      } else if (isSend && !unified && frame.username === undefined) {
        say({ type: 'error', code: 'BAD_USER', data: 'Missing key: username' })
      } else if (isSend) {
        const text = textOf(frame.message)
        const start = () => begin(String(frame.message_id), String(frame.session_id ?? crypto.randomUUID()), text)
        if (plain && !unified) last = last.then(() => tell(start()))
        else void tell(start())
        if (fault?.when === 'after' && ++heard === fault.at) socket.terminate()
      }
    })
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '', 'http://x')
    peer.requests.push(`${request.method} ${pathname}`)
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    const fail = (status: number, code: string, message: string) =>
      json(status, { status: 'error', message, data: { code } })
    if (request.headers.authorization !== `Bearer ${secret}`)
      return void fail(401, 'invalid_api_key', 'Invalid API key')
    const [, session] = /\/sessions\/([^/]+)/.exec(pathname) ?? []
    const run = runs.get(/\/runs\/([^/]+)\/stream/.exec(pathname)?.[1] ?? '')
    if (pathname.endsWith('/sessions/new')) {
      const id = crypto.randomUUID()
      sessions.set(id, [])
      json(200, { status: 'ok', data: { session_id: id, platform_id: 'webchat' } })
    } else if (pathname.endsWith('/stop')) {
      let count = 0
      for (const one of runs.values()) {
        if (one.sessionId !== session || one.over) continue
        one.stopped = true
        count++
      }
      json(200, { status: 'ok', data: { stopped_count: count } })
    } else if (run && !plain) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      const after = Number(
        String(request.headers['last-event-id'] ?? '')
          .split(':')
          .at(-1) || 0,
      )
      for await (const [number, event] of follow(run, after)) {
        response.write(`id: ${run.id}:${number}\ndata: ${JSON.stringify(event)}\n\n`)
      }
      response.end()
    } else if (pathname.includes('/runs/')) {
      if (plain) json(200, { status: 'error', message: 'Chat run is unavailable' })
      else fail(404, 'run_unavailable', 'Chat run is unavailable')
    } else if (session && sessions.has(session)) {
      const one = { session_id: session, history: [], threads: [], is_running: false }
      json(200, { status: 'ok', data: one })
    } else if (session) fail(404, 'session_not_found', `Session ${session} not found`)
    else json(200, { status: 'ok', data: { info_list: [] } })
  }

  const peer: SocketPeer = {
    url: '',
    taken: [],
    frames: [],
    connections: 0,
    requests: [],
    drop() {
      for (const socket of open) socket.terminate()
    },
    say(frame) {
      for (const socket of open) socket.send(JSON.stringify(frame))
    },
    freeze(value) {
      frozen = value
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.terminate()
      sockets.close()
      http.closeAllConnections()
      await new Promise(resolve => http.close(resolve))
    },
  }
  sockets.on('connection', accept)
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  peer.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return peer
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message
  return (message as { text?: string }[]).map(part => part.text ?? '').join('')
}

function tick(milliseconds: number): Promise<void> {
  return new Promise(resolve => (milliseconds > 0 ? setTimeout(resolve, milliseconds) : setImmediate(resolve)))
}
