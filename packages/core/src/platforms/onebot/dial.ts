import { WebSocket } from 'ws'
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

/**
 * Connects to a OneBot program that listens ("forward WebSocket").
 * @throws UnusableSettings for an address that is none; Error when nobody answers there, or refuses
 */
export async function dial({ url, token, ids, events }: DialOptions): Promise<Connection> {
  if (!/^wss?:\/\//i.test(url) || !URL.canParse(url)) throw new UnusableSettings(`${url} is no ws:// or wss:// address`)
  const socket = new WebSocket(url, {
    handshakeTimeout: handshakeMs,
    maxPayload: mostBytes,
    followRedirects: false,
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
