import { WebSocket, WebSocketServer } from 'ws'

/** A call that the bot made. */
export interface SeenAction {
  action: string
  params: Readonly<Record<string, unknown>>
}

/** Answers an action with its `data`; throwing refuses it; `undefined` leaves it unanswered. */
export type ActionAnswer = (params: Readonly<Record<string, unknown>>) => unknown

export interface OneBotPeerOptions {
  /** The account; 10001 by default. */
  selfId?: number
  token?: string
  /** `/ws` by default. */
  path?: string
  role?: 'Universal' | 'Event' | 'API'
  headers?: Readonly<Record<string, string>>
  /** Answers beside the usual ones, by action. */
  answers?: Readonly<Record<string, ActionAnswer>>
}

/** What to say in an event; a text, or segments. */
export interface Said {
  message: unknown
  userId?: number
  /** In that group; else in private. */
  groupId?: number
  messageId?: number
  nickname?: string
  card?: string
  more?: Readonly<Record<string, unknown>>
}

const patienceMs = 15_000

/**
 * A program that holds an account, as OneBot v11 describes it: it reports what people say and carries out what the bot
 * asks for. Written after the protocol's text alone, so that it stands against ours.
 */
export class OneBotPeer {
  readonly selfId: number
  /** Oldest first. */
  readonly seen: SeenAction[] = []
  readonly #answers: Readonly<Record<string, ActionAnswer>>
  #socket: WebSocket | undefined
  #server: WebSocketServer | undefined
  #nextMessage = 1000
  #changed = Promise.withResolvers<void>()

  private constructor({ selfId = 10_001, answers = {} }: OneBotPeerOptions) {
    this.selfId = selfId
    this.#answers = answers
  }

  /** Dials a bot that listens. @throws Error with the status when the bot refuses */
  static async dial(port: number, options: OneBotPeerOptions = {}): Promise<OneBotPeer> {
    const { token, path = '/ws', role = 'Universal', headers = {} } = options
    const peer = new OneBotPeer(options)
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
      headers: {
        'X-Self-ID': String(peer.selfId),
        'X-Client-Role': role,
        'User-Agent': 'OneBot/11',
        ...headers,
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      },
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    peer.#use(socket)
    return peer
  }

  /** Waits for a bot that dials; `port` says where. */
  static async listen(options: OneBotPeerOptions & { port?: number } = {}): Promise<OneBotPeer & { port: number }> {
    const { token, port = 0 } = options
    const peer = new OneBotPeer(options)
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port,
      verifyClient: ({ req }, answer) => {
        const asked = new URL(req.url ?? '/', 'ws://peer').searchParams.get('access_token')
        const right = token === undefined || req.headers.authorization === `Bearer ${token}` || asked === token
        answer(right, 401)
      },
    })
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve)
      server.once('error', reject)
    })
    server.on('connection', socket => peer.#use(socket))
    peer.#server = server
    const address = server.address()
    return Object.assign(peer, { port: typeof address === 'object' && address ? address.port : 0 })
  }

  get isConnected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  /** Reports that a person said something; answers the id of the message. */
  say({ message, userId = 20_002, groupId, messageId, nickname = 'Tester', card = '', more }: Said): number {
    const id = messageId ?? this.#nextMessage++
    const inGroup = groupId !== undefined
    this.report({
      post_type: 'message',
      message_type: inGroup ? 'group' : 'private',
      sub_type: inGroup ? 'normal' : 'friend',
      message_id: id,
      user_id: userId,
      ...(inGroup && { group_id: groupId }),
      message,
      raw_message: typeof message === 'string' ? message : '',
      font: 0,
      sender: { user_id: userId, nickname, card, sex: 'unknown', age: 0 },
      ...more,
    })
    return id
  }

  /** Reports any event. */
  report(event: Readonly<Record<string, unknown>>): void {
    this.sendText(JSON.stringify({ time: Math.floor(Date.now() / 1000), self_id: this.selfId, ...event }))
  }

  sendText(text: string): void {
    this.#socket?.send(text)
  }

  /** Waits for an action that the bot asks for, one of the past included. */
  async waitFor(matches: (seen: SeenAction) => boolean, ms = patienceMs): Promise<SeenAction> {
    return this.#until(() => this.seen.find(matches), ms, 'the bot did not ask for that')
  }

  /** Waits until a bot is connected. */
  async connected(ms = patienceMs): Promise<void> {
    await this.#until(() => this.isConnected || undefined, ms, 'no bot connected')
  }

  /** Waits until the bot has gone. */
  async disconnected(ms = patienceMs): Promise<void> {
    await this.#until(() => !this.isConnected || undefined, ms, 'the bot is still connected')
  }

  /** Drops the connection without a word; a listening peer goes on listening. */
  drop(): void {
    this.#socket?.terminate()
  }

  /** Leaves the connection open, and neither reads nor answers any more. */
  freeze(): void {
    this.#socket?.pause()
  }

  async stop(): Promise<void> {
    this.#socket?.terminate()
    const server = this.#server
    if (server) await new Promise(resolve => server.close(resolve))
  }

  #use(socket: WebSocket): void {
    this.#socket = socket
    socket.on('message', data => this.#take(String(data)))
    socket.on('error', () => socket.terminate())
    socket.on('close', () => this.#tell())
    this.report({ post_type: 'meta_event', meta_event_type: 'lifecycle', sub_type: 'connect' })
    this.#tell()
  }

  #take(text: string): void {
    const {
      action,
      params = {},
      echo,
    } = JSON.parse(text) as {
      action: string
      params?: Record<string, unknown>
      echo?: unknown
    }
    this.seen.push({ action, params })
    this.#tell()
    const known = this.#answers[action] ?? this.#usual(action)
    if (!known) {
      this.sendText(JSON.stringify({ status: 'failed', retcode: 1404, data: null, echo }))
      return
    }
    try {
      const data = known(params)
      if (data !== undefined) this.sendText(JSON.stringify({ status: 'ok', retcode: 0, data, echo }))
    } catch (error) {
      const wording = error instanceof Error ? error.message : String(error)
      this.sendText(JSON.stringify({ status: 'failed', retcode: 100, data: null, wording, echo }))
    }
  }

  #usual(action: string): ActionAnswer | undefined {
    if (/^(send_|upload_)/.test(action)) return () => ({ message_id: this.#nextMessage++ })
    if (action === 'get_login_info') return () => ({ user_id: this.selfId, nickname: 'Bot' })
    if (action === 'get_group_info') return ({ group_id }) => ({ group_id, group_name: 'A group' })
    return undefined
  }

  #tell(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  async #until<T>(look: () => T | undefined, ms: number, failure: string): Promise<T> {
    const end = Date.now() + ms
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      const left = end - Date.now()
      if (left <= 0) throw new Error(`${failure}; it asked for: ${JSON.stringify(this.seen).slice(0, 2000)}`)
      let timer: NodeJS.Timeout | undefined
      await Promise.race([
        this.#changed.promise,
        new Promise(resolve => {
          timer = setTimeout(resolve, Math.min(left, 200))
        }),
      ])
      clearTimeout(timer)
    }
  }
}
