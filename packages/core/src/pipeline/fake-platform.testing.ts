import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startModelServer } from '@astrbot/testing'
import { type AstrBot, createAstrBot } from '../bot.ts'
import { type Logger, silentLog } from '../log.ts'
import type { Component, InboundMessage, PlatformHost, PlatformKind } from '../platforms/index.ts'
import { umoOf } from '../umo.ts'

/** A whole bot with one connection to a platform that a test plays. */
export interface FakePlatform extends AsyncDisposable {
  bot: AstrBot
  /** What the bot said, in order: where, and what. */
  said: { umo: string; chain: readonly Component[] }[]
  /** The emojis it put to messages. */
  reactions: string[]
  /** What the model was asked: the text of every request. */
  asked(): string[]
  /** Hands a message to the bot as the platform does, and resolves once it is handled. */
  hear(message: InboundMessage): Promise<void>
  /** What was logged as an error. */
  accidents: string[]
  /** Makes the next messages fail to leave. */
  broken: boolean
}

/** @param config laid over the defaults, by top-level key */
export async function startFakePlatform(config: object = {}): Promise<FakePlatform> {
  const dataDir = await mkdtemp(join(tmpdir(), 'astrbot-platform-'))
  const bots = [{ id: 'qq', type: 'fake', enable: true }]
  await writeFile(join(dataDir, 'cmd_config.json'), JSON.stringify({ platform: bots, ...config }))
  const models = await startModelServer()
  const said: FakePlatform['said'] = []
  const reactions: string[] = []
  const accidents: string[] = []
  const log: Logger = { ...silentLog, error: (_, message) => accidents.push(message) }
  let host: PlatformHost | undefined
  const kind: PlatformKind = {
    type: 'fake',
    displayName: 'Fake',
    description: 'Played by a test',
    streaming: false,
    proactive: true,
    connect(given) {
      host = given
      return {
        start: async () => {},
        stop: async () => {},
        async send(target, chain) {
          if (handle.broken) throw new Error('the platform is gone')
          said.push({ umo: umoOf(target), chain })
        },
        async react(_, emoji) {
          if (handle.broken) throw new Error('the platform is gone')
          reactions.push(emoji)
        },
      }
    },
  }
  const env = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${models.url}/v1`, OPENAI_MODEL: 'echo' }
  const bot = await createAstrBot({ dataDir, env, log, platformKinds: [kind] })
  const handle: FakePlatform = {
    bot,
    said,
    reactions,
    accidents,
    broken: false,
    asked: () => models.seen.map(({ body }) => JSON.stringify(body)),
    async hear(message) {
      if (!host) throw new Error('the bot did not connect')
      host.receive(message)
      await bot.pipeline.settled()
    },
    async [Symbol.asyncDispose]() {
      await bot.stop(0)
      await models.stop()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 3 })
    },
  }
  return handle
}

/** The texts of what was said; other pieces in brackets. */
export function spoken(said: FakePlatform['said']): string[] {
  return said.map(({ chain }) => chain.map(part => (part.type === 'plain' ? part.text : `[${part.type}]`)).join(''))
}
