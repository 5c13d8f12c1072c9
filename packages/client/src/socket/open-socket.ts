import { withFiles } from '../chat/attachments.ts'
import { advance } from '../chat/follow.ts'
import { type ChatStream, createChatStream } from '../chat/stream.ts'
import type { Turn } from '../chat/turn.ts'
import type { AstrBotClient } from '../client.ts'
import { type AstrBotError, isAstrBotError } from '../errors/astrbot-error.ts'
import { AbortError, ConnectionError } from '../errors/call-errors.ts'
import { createBindings } from './bindings.ts'
import { createBroadcast } from './broadcast.ts'
import { carryOn } from './carry-on.ts'
import type { ChatSocket, CloseReport, SocketMessage } from './chat-socket.ts'
import { connect } from './connect.ts'
import type { Connection } from './connection.ts'
import { DeliveryError } from './delivery-error.ts'
import { endpointOf, sendFrame } from './endpoint.ts'
import type { Frame } from './frame.ts'
import { createGate } from './gate.ts'
import type { SocketEvent, SocketOptions } from './options.ts'
import { refusal } from './refusal.ts'
import { uuid } from './uuid.ts'
import { createWireTurns } from './wire-turns.ts'

// Not every runtime that the client supports has the symbol.
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')

/** A message on its way or in its turn. */
interface Sending {
  message: SocketMessage
  stream: ChatStream
}

/**
 * Opens a socket for chat.
 * @throws TypeError where there is no `WebSocket`
 * @example
 * await using socket = openSocket(client)
 * const [one, two] = await Promise.all(['Hello', 'And you?'].map(message => socket.send({ message }).text()))
 */
export function openSocket(client: AstrBotClient, options: SocketOptions = {}): ChatSocket {
  const { transport } = client
  const { username = transport.options.username, queueLimit = 1024 * 1024 } = options
  const endpoint = endpointOf(options.endpoint ?? (transport.options.token ? 'unified' : 'chat'), username)
  const events = createBroadcast<SocketEvent>()
  const gate = createGate()
  const sendings = new Map<string, Sending>()
  let connection: Connection
  let refused: AstrBotError | undefined

  const send = (text: string) => connection.send(text)
  const wire = createWireTurns({
    send,
    bufferedAmount: () => connection.bufferedAmount,
    many: endpoint.unified,
    parallel: options.parallel ?? 32,
    limit: queueLimit,
    timeout: options.sendTimeout ?? transport.options.timeout ?? 60_000,
  })
  const bindings = createBindings(send, (sessionId, event) => events.publish({ type: 'message', sessionId, event }))

  connection = connect(transport, options, {
    path: endpoint.path,
    query: endpoint.query,
    ping: JSON.stringify(endpoint.unified ? { ct: 'chat', t: 'ping' } : { t: 'ping' }),
    busy: () => wire.busy && !endpoint.unified,
    refused: () => refused,
    onReady: gate.open,
    onOpen() {
      events.publish({ type: 'open' })
      bindings.renew()
      wire.pump()
    },
    onFrame(frame) {
      if (wire.take(frame) || bindings.take(frame)) return
      refused = refusalOf(frame) ?? refused
    },
    onLost(loss) {
      gate.shut()
      wire.lose(loss.error)
    },
    onWait: (attempt, wait, error) => events.publish({ type: 'reconnecting', attempt: attempt + 1, wait, error }),
    onClosed(error) {
      gate.fail(error ?? new AbortError())
      wire.end(error)
      bindings.end(error ?? new AbortError())
      events.publish({ type: 'closed', error })
      events.close()
    },
  })

  /** The session of a new message, and whether it was made up here. */
  async function sessionFor({ sessionId, body }: SocketMessage, turn: Turn): Promise<[id?: string, made?: boolean]> {
    const named = sessionId ?? body?.session_id ?? body?.conversation_id
    if (named) return [named]
    if (!endpoint.unified) return [uuid(), true]
    return [(await client.chat.sessions.create({ ...turn.init, username })).session_id, false]
  }

  async function follow(message: SocketMessage, id: string, turn: Turn): Promise<void> {
    const input = await withFiles(transport, { ...message, signal: turn.init.signal })
    const [sessionId, made] = await sessionFor(message, turn)
    const frame = sendFrame(endpoint, id, input, sessionId, { username, ...message }, transport.options)
    for (;;) {
      if (connection.state === 'closed') throw new DeliveryError('not_sent')
      const carried = wire.carry(
        {
          id,
          frame,
          sessionId,
          onEvent(event, place) {
            if (advance(turn, place)) turn.emit(event)
          },
        },
        turn.init.signal,
      )
      // Sent again although it had arrived after all.
      const outcome = await carried.catch((error: unknown) => {
        if (!isAstrBotError(error) || error.code !== 'duplicate') throw error
        return { lost: new ConnectionError(error.message, error), heard: false }
      })
      if (!outcome) return
      if (await carryOn(turn, outcome, { id, newSession: made ? sessionId : undefined })) return
    }
  }

  async function close(): Promise<CloseReport> {
    const report: CloseReport = { unsent: [], running: [] }
    for (const [id, { message, stream }] of sendings) {
      if (wire.stateOf(id) === 'queued') report.unsent.push(message)
      else if (stream.runId) report.running.push(stream.runId)
    }
    await connection.close()
    for (const { stream } of sendings.values()) stream.abort()
    return report
  }

  return {
    get state() {
      return connection.state
    },
    get latency() {
      return connection.latency
    },
    send(message) {
      const id = uuid()
      const stream = createChatStream({
        transport,
        options: message,
        username: message.username ?? username,
        known: { sessionId: message.sessionId },
        follow: turn => follow(message, id, turn).finally(() => sendings.delete(id)),
      })
      sendings.set(id, { message, stream })
      return stream
    },
    async interrupt(stream) {
      const chosen = [...sendings].filter(([, sending]) => !stream || sending.stream === stream)
      await Promise.all(
        chosen.map(async ([id, sending]) => {
          const state = wire.stateOf(id)
          const frame = { ...(endpoint.unified && { ct: 'chat' }), t: 'interrupt', message_id: id }
          if (state === 'queued') wire.recall(id)
          else if (!state || !(endpoint.unified || wire.numbers) || !send(JSON.stringify(frame)))
            await sending.stream.stop()
        }),
      )
    },
    async bind(sessionId) {
      if (!endpoint.unified) throw new TypeError('The endpoint chat sends no messages of its own; use unified or live')
      await bindings.bind(sessionId)
    },
    opened: gate.passed,
    close,
    [Symbol.asyncIterator]: () => events.read(),
    async [asyncDispose]() {
      await close()
    },
  }
}

/** What the server says before it closes a connection that it does not want. */
function refusalOf({ type, t, code, data }: Frame): AstrBotError | undefined {
  return (type === 'error' || t === 'error') && typeof data === 'string' ? refusal(data, String(code)) : undefined
}
