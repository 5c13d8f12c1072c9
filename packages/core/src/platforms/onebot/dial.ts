import { WebSocket } from 'ws'
import { guardedLookup, refuseHost } from '../../guards/safe-fetch.ts'
import type { Ids } from '../../ids.ts'
import { UnusableSettings } from '../adapter.ts'
import { Connection, type ConnectionEvents } from './connection.ts'

export interface DialOptions {
  /** `ws://` or `wss://` address of the program. */
  url: string
  token: string
  ids: Ids
  events: ConnectionEvents
}

const handshakeMs = 10_000
const mostBytes = 64 * 1024 * 1024
/** Such programs commonly run beside the bot. */
const policy = { privateAddresses: 'allow' } as const

/**
 * Connects to a OneBot program that listens ("forward WebSocket").
 * @throws UnusableSettings for an address that is none; invalid_host for one that no call may go to; Error when nobody answers there, or refuses
 */
export async function dial({ url, token, ids, events }: DialOptions): Promise<Connection> {
  if (!/^wss?:\/\//i.test(url) || !URL.canParse(url)) throw new UnusableSettings(`${url} is no ws:// or wss:// address`)
  refuseHost(new URL(url.replace(/^ws/i, 'http')), policy)
  const socket = new WebSocket(url, {
    handshakeTimeout: handshakeMs,
    maxPayload: mostBytes,
    followRedirects: false,
    lookup: guardedLookup(policy),
    headers: { 'User-Agent': 'OneBot/11', ...(token !== '' && { Authorization: `Bearer ${token}` }) },
  })
  // Listens before anything can arrive.
  const connection = new Connection(socket, { role: 'universal', selfId: '', ids, events })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the OneBot program closed the connection')))
  })
  return connection
}
