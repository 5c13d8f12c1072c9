import { freePort, manualClock, OneBotPeer, type OneBotPeerOptions, sequentialIds } from '@astrbot/testing'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { silentLog } from '../../log.ts'
import type { InboundMessage } from '../message.ts'
import { OneBot } from './onebot.ts'

// Bots and the programs they talk to, for each test anew.

export const heard: InboundMessage[] = []
export const failures: unknown[] = []
export let port: number
/** What is stopped after each test. */
export const open: (OneBot | OneBotPeer)[] = []

beforeEach(async () => {
  heard.length = 0
  failures.length = 0
  port = await freePort()
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop()
})

/** A bot that the test ends. */
export function create(settings: Record<string, string | number>): OneBot {
  const bot = new OneBot({
    id: 'qq',
    settings,
    clock: manualClock(),
    ids: sequentialIds(),
    log: silentLog,
    fetch: globalThis.fetch,
    receive: message => heard.push(message),
    failed: error => failures.push(error),
  })
  open.push(bot)
  return bot
}

export async function listening(token = ''): Promise<OneBot> {
  const bot = create({ ws_reverse_host: '127.0.0.1', ws_reverse_port: port, ws_reverse_token: token })
  await bot.start()
  return bot
}

export async function dial(options?: OneBotPeerOptions): Promise<OneBotPeer> {
  const peer = await OneBotPeer.dial(port, options)
  open.push(peer)
  return peer
}

export const heardOne = () => vi.waitFor(() => expect(heard.length).toBeGreaterThan(0), 15_000)
export const group = { platformId: 'qq', type: 'GroupMessage', sessionId: '777' } as const
export const friend = { platformId: 'qq', type: 'FriendMessage', sessionId: '20002' } as const
