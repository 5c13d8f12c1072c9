import type { IncomingMessage } from 'node:http'
import { operationTable } from '@astrbot/contract'
import { type AstrBot, AstrBotError } from '@astrbot/core'
import { speakerOf } from '../chat-caller.ts'
import type { Connection } from './connection.ts'
import { type Door, keyDoor, tokenDoor } from './door.ts'
import { BadFrame, keySocketCode } from './frames.ts'
import { errorFrame, KeySocket } from './key-socket.ts'
import type { Incoming } from './link.ts'
import { type Speaks, TwoProtocols } from './two-protocols.ts'

/** What speaks on a socket. */
export interface Protocol {
  /** Takes a frame; answers when the next one may come. */
  handle(frame: Incoming): Promise<void>
  /** The socket is gone. */
  close(): void
}

/** One of the addresses where sockets are opened. */
export interface SocketKind {
  path: string
  door(bot: AstrBot, request: IncomingMessage, query: URLSearchParams): Door
  /** @throws what makes the socket unusable from the start */
  open(connection: Connection): Protocol
  /** What is said before a socket that may not be opened is closed. */
  refusal(error: unknown): { frame?: object; reason: string }
}

const byToken = (speaks: Speaks, path: string): SocketKind => ({
  path,
  door: tokenDoor,
  open: connection => new TwoProtocols(connection, { caller: connection.callerAs(undefined), speaks, texts: false }),
  refusal: error => ({ reason: reasonOf(error, 'Missing authentication token') }),
})

const byKey = (path: string, open: SocketKind['open']): SocketKind => ({
  path,
  door: keyDoor,
  open,
  refusal(error) {
    const reason = reasonOf(error, 'Missing API key')
    if (error instanceof BadFrame) return { frame: errorFrame('INVALID_MESSAGE', error.message, undefined), reason }
    const word = keySocketCode(error)
    return { frame: errorFrame(word === 'PROCESSING_ERROR' ? 'UNAUTHORIZED' : word, reason, undefined), reason }
  },
})

const kinds: readonly SocketKind[] = [
  byKey(operationTable.openChatWebSocket.path, connection => new KeySocket(connection)),
  byKey(operationTable.openLiveWebSocket.path, openLive),
  byToken('either', operationTable.openUnifiedChatWebSocket.path),
  byToken('live', operationTable.openLiveChatWebSocket.path),
  // Where the sockets were before `/api/v1`.
  byToken('either', '/api/unified_chat/ws'),
  byToken('live', '/api/live_chat/ws'),
]

/** The socket at a path, with or without the sub-path of a reverse proxy. */
export function socketAt(pathname: string, basePath: string): SocketKind | undefined {
  const own = basePath !== '' && pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : pathname
  return kinds.find(({ path }) => path === own)
}

/** The protocol of `/api/v1/live/ws` and its user are chosen by the query. */
function openLive(connection: Connection): Protocol {
  const { bot, identity, query } = connection
  const caller = speakerOf(bot, identity, query.get('username'))
  const speaks = query.get('ct') || 'live'
  if (speaks !== 'live' && speaks !== 'chat') throw new BadFrame("ct must be 'live' or 'chat'")
  return new TwoProtocols(connection, { caller, speaks, texts: true })
}

function reasonOf(error: unknown, missing: string): string {
  if (error instanceof BadFrame) return 'Invalid ct'
  if (!(error instanceof AstrBotError)) return 'Internal server error'
  return error.code === 'missing_credentials' ? missing : error.message
}
