import { manualClock, sequentialIds } from '@astrbot/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { ChangeListener } from '../config/config-file.ts'
import { type ConfigDocument, type ConfigSnapshot, defaultConfig } from '../config/index.ts'
import type { JsonObject } from '../json.ts'
import { silentLog } from '../log.ts'
import { type PlatformHost, type PlatformKind, UnusableSettings } from './adapter.ts'
import type { InboundMessage } from './message.ts'
import { Platforms } from './platforms.ts'

/** What happened to the adapters, in order. */
const log: string[] = []
const hosts = new Map<string, PlatformHost>()
const open: Platforms[] = []
afterEach(async () => {
  for (const platforms of open.splice(0)) await platforms.stop()
  log.length = 0
  hosts.clear()
})

function kind(type: string, more: Partial<PlatformKind> = {}): PlatformKind {
  return {
    type,
    displayName: type,
    description: '',
    streaming: false,
    proactive: true,
    connect(host) {
      hosts.set(host.id, host)
      return {
        async start() {
          log.push(`start ${host.id}`)
          if (host.settings['broken']) throw new Error('no luck')
        },
        async stop() {
          log.push(`stop ${host.id}`)
        },
        async send({ sessionId }, chain) {
          if (host.settings['mute']) throw new Error('muted')
          log.push(`send ${host.id} ${sessionId} ${chain.length}`)
        },
      }
    },
    ...more,
  }
}

function configuration(platform: JsonObject[]) {
  let current = { ...structuredClone(defaultConfig), platform } as unknown as ConfigSnapshot
  const listeners: ChangeListener[] = []
  return {
    get: () => current,
    onChange: (listener: ChangeListener) => void listeners.push(listener),
    async update<T>(mutate: (draft: ConfigDocument) => T): Promise<T> {
      const draft = structuredClone(current) as unknown as ConfigDocument
      const before = current
      const answer = mutate(draft)
      current = draft as unknown as ConfigSnapshot
      for (const listener of listeners) listener(before, current)
      return answer
    },
  }
}

async function start(platform: JsonObject[], kinds: PlatformKind[] = []) {
  const config = configuration(platform)
  const platforms = new Platforms({
    config,
    kinds: [kind('plain'), ...kinds],
    builtIn: kind('webchat'),
    fetch: globalThis.fetch,
    clock: manualClock(),
    ids: sequentialIds(),
    log: silentLog,
    backOff: { first: 20, most: 40 },
  })
  open.push(platforms)
  await platforms.start()
  const set = async (next: JsonObject[]) => {
    await config.update(draft => {
      draft.platform = next
    })
    await platforms.settled()
  }
  return { platforms, set, config }
}

const bot = (id: string, more: JsonObject = {}) => ({ id, type: 'plain', enable: true, ...more })

describe('the bots that run', () => {
  test('are those of the configuration that are on, and webchat', async () => {
    const { platforms } = await start([bot('a'), bot('b', { enable: false }), bot('c'), bot('a', { second: 1 })])
    expect(platforms.running().map(({ id, status }) => [id, status])).toEqual([
      ['a', 'running'],
      ['c', 'running'],
      ['webchat', 'running'],
    ])
  })

  test('follow the configuration; only what changed is touched', async () => {
    const { set } = await start([bot('a'), bot('b')])
    log.length = 0
    await set([bot('a'), bot('b', { note: 1 }), bot('c')])
    expect(log).toEqual(['stop b', 'start b', 'start c'])
    log.length = 0
    await set([bot('b', { note: 1 })])
    expect(log).toEqual(['stop a', 'stop c'])
  })

  test('stand in the order in which they were started', async () => {
    const { platforms, set } = await start([bot('a'), bot('b')])
    await set([bot('a', { note: 1 }), bot('b'), bot('c')])
    expect(platforms.running().map(({ id }) => id)).toEqual(['b', 'webchat', 'a', 'c'])
    log.length = 0
    await platforms.restart('b')
    expect(log).toEqual(['stop b', 'start b'])
    await platforms.restart('webchat')
    expect(platforms.running().map(({ id }) => id)).toEqual(['webchat', 'a', 'c', 'b'])
  })

  test('cannot take the place of webchat', async () => {
    const { platforms } = await start([{ id: 'webchat', type: 'plain', enable: true }])
    expect(platforms.running().map(({ id, kind }) => [id, kind.type])).toEqual([['webchat', 'webchat']])
  })

  test('get usable ids and webhook addresses before they run', async () => {
    const { config } = await start([bot('a:b!c'), bot('', {}), { id: 7, type: 'slack', enable: false }])
    expect(config.get().platform).toMatchObject([
      { id: 'a_b_c' },
      { id: '' },
      { id: 7, webhook_uuid: expect.stringMatching(/^[0-9a-f]{16}$/) },
    ])
  })
})

describe('a bot that fails', () => {
  test('is tried again, ever more slowly, and bothers nobody', async () => {
    const { platforms, set } = await start([bot('bad', { broken: true }), bot('good')])
    expect(platforms.find('good')?.status).toBe('running')
    expect(platforms.find('bad')).toMatchObject({ status: 'error', lastError: { message: 'no luck' } })
    await vi.waitFor(() => expect(platforms.find('bad')?.errorCount).toBeGreaterThan(3), 15_000)
    await set([bot('bad'), bot('good')])
    // Counters begin anew with new settings.
    expect(platforms.find('bad')).toMatchObject({ status: 'running', errorCount: 0, lastError: null })
    expect(log.filter(line => line === 'start good')).toHaveLength(1)
  })

  test('after it ran keeps the time of its first start', async () => {
    const { platforms } = await start([bot('a')])
    const startedAt = platforms.find('a')?.startedAt
    hosts.get('a')?.failed(new Error('lost'))
    hosts.get('a')?.failed(new Error('lost twice'))
    expect(platforms.find('a')).toMatchObject({ status: 'error', errorCount: 1, lastError: { message: 'lost' } })
    await vi.waitFor(() => expect(platforms.find('a')?.status).toBe('running'), 15_000)
    expect(platforms.find('a')).toMatchObject({ errorCount: 1, startedAt })
    expect(log.filter(line => line.endsWith(' a'))).toEqual(['start a', 'stop a', 'start a'])
  })

  test('with settings that cannot work is left alone', async () => {
    const hopeless = kind('hopeless', {
      connect: () => {
        throw new UnusableSettings('no key')
      },
    })
    const entries = [bot('h', { type: 'hopeless' }), bot('u', { type: 'unheard-of' })]
    const { platforms } = await start(entries, [hopeless])
    await new Promise(resolve => setTimeout(resolve, 60))
    expect(platforms.find('h')).toMatchObject({ status: 'error', errorCount: 1, lastError: { message: 'no key' } })
    expect(platforms.find('u')).toMatchObject({ status: 'error', errorCount: 1 })
  })
})

describe('messages', () => {
  const message = { umo: 'a:FriendMessage:1' } as InboundMessage

  test('reach every listener, whatever one of them does', async () => {
    const { platforms } = await start([bot('a')])
    const heard: string[] = []
    platforms.onMessage(() => {
      throw new Error('deaf')
    })
    platforms.onMessage(({ umo }) => void heard.push(umo))
    hosts.get('a')?.receive(message)
    expect(heard).toEqual(['a:FriendMessage:1'])
    platforms.refuseMessages()
    hosts.get('a')?.receive(message)
    expect(heard).toHaveLength(1)
  })

  test('go out through the bot that a UMO names', async () => {
    const { platforms } = await start([bot('a'), bot('m', { mute: true }), bot('x', { broken: true })])
    await platforms.send('a:GroupMessage:with:colons', [{ type: 'plain', text: 'x' }])
    expect(log.at(-1)).toBe('send a with:colons 1')
    const code = async (umo: string) => platforms.send(umo, []).catch(error => error.code)
    expect(await code('m:GroupMessage:1')).toBe('upstream_failed')
    expect(await code('x:GroupMessage:1')).toBe('upstream_failed')
    expect(await code('none:GroupMessage:1')).toBe('bot_not_running')
    for (const umo of ['a', 'a:GroupMessage', 'a:Else:1', ':GroupMessage:1'])
      expect(await code(umo), umo).toBe('invalid_umo')
  })
})
