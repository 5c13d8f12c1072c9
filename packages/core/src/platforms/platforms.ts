import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { type ConfigFile, idOf, objectsOf } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { JsonObject, ReadonlyJson, ReadonlyJsonObject } from '../json.ts'
import type { Logger } from '../log.ts'
import { type MessageOrigin, readUmo } from '../umo.ts'
import type { PlatformKind, WebhookAnswer, WebhookCall } from './adapter.ts'
import { type BackOff, PlatformInstance } from './instance.ts'
import type { Component, InboundMessage } from './message.ts'
import { completeBot } from './settings.ts'

/** Told of every message that a person sends to a bot. */
export type MessageListener = (message: InboundMessage) => void | Promise<void>

export interface PlatformsOptions {
  /** The default profile, whose `platform` list says which bots there are. */
  config: Pick<ConfigFile, 'get' | 'update' | 'onChange'>
  kinds: readonly PlatformKind[]
  /** The platform that is always there, under the id that is its type. */
  builtIn: PlatformKind
  fetch: typeof globalThis.fetch
  clock: Clock
  ids: Ids
  log: Logger
  backOff?: BackOff
}

/** How long a change waits for a bot's first attempt to connect. */
const attemptPatienceMs = 1500

/**
 * The bots that run. They follow the configuration: what is new is started, what is gone or off is stopped, what changed
 * is connected anew, all others are left alone. A broken one never stops the others.
 */
export class Platforms {
  readonly kinds: ReadonlyMap<string, PlatformKind>
  readonly #options: PlatformsOptions
  readonly #instances = new Map<string, { instance: PlatformInstance; mark: string }>()
  readonly #listeners: MessageListener[] = []
  #work: Promise<void> = Promise.resolve()
  #stopping = false

  constructor(options: PlatformsOptions) {
    this.#options = options
    this.kinds = new Map([...options.kinds, options.builtIn].map(kind => [kind.type, kind]))
  }

  /** Registers who handles the messages of people. */
  onMessage(listener: MessageListener): void {
    this.#listeners.push(listener)
  }

  /** Starts what is configured, and follows the configuration from now on. */
  async start(): Promise<void> {
    const { config, builtIn } = this.#options
    await this.#repairList()
    config.onChange((before, after) => {
      if (before.platform !== after.platform) this.#follow()
    })
    this.#follow()
    await this.settled()
    const webchat = this.#instanceOf(builtIn.type, builtIn, {})
    this.#instances.set(builtIn.type, { instance: webchat, mark: '' })
    await webchat.start()
  }

  /** No message is taken from now on; what is on its way can still be sent. */
  refuseMessages(): void {
    this.#stopping = true
  }

  async stop(): Promise<void> {
    this.refuseMessages()
    await this.#work
    await Promise.all([...this.#instances.values()].map(({ instance }) => instance.stop()))
  }

  /** Resolves once the bots are as the configuration has it: stopped, or tried to connect. */
  async settled(): Promise<void> {
    await this.#work
  }

  /** The bots that are to run, in the order in which they were started. */
  running(): PlatformInstance[] {
    return [...this.#instances.values()].map(({ instance }) => instance)
  }

  /** Connects a running bot anew, though its settings are what they were. */
  async restart(id: string): Promise<void> {
    const running = this.#instances.get(id)
    if (!running || running.instance.kind === this.#options.builtIn) return
    running.mark = ''
    this.#follow()
    await this.settled()
  }

  find(id: string): PlatformInstance | undefined {
    return this.#instances.get(id)?.instance
  }

  /**
   * Says something in a chat, and answers once the platform has taken it. Session isolation of groups is understood.
   * @throws invalid_umo, bot_not_running, upstream_failed
   */
  async send(target: string | MessageOrigin, chain: readonly Component[]): Promise<void> {
    const origin = typeof target === 'string' ? readUmo(target) : target
    const instance = this.find(origin.platformId)
    if (!instance) throw new AstrBotError('bot_not_running', { id: origin.platformId })
    try {
      await instance.send(origin, chain)
    } catch (error) {
      if (error instanceof AstrBotError) throw error
      const detail = error instanceof Error ? error.message : String(error)
      throw new AstrBotError('upstream_failed', { detail }, { cause: detail })
    }
  }

  /** Puts an emoji to a person's message, where the platform has such a thing. */
  async react(message: InboundMessage, emoji: string): Promise<void> {
    await this.find(message.platformId)?.adapter?.react?.(message, emoji)
  }

  /**
   * Hands a callback to the bot whose address it came to.
   * @throws webhook_not_found, and what the adapter refuses it with
   */
  async webhook(uuid: string, call: WebhookCall): Promise<WebhookAnswer> {
    const instance = this.running().find(one => one.takesWebhook && one.settings['webhook_uuid'] === uuid)
    const adapter = uuid === '' ? undefined : instance?.adapter
    if (!adapter?.webhook) throw new AstrBotError('webhook_not_found')
    return adapter.webhook(call)
  }

  /** Gives ids and webhook addresses to entries that a file brought without. */
  async #repairList(): Promise<void> {
    const { config, ids } = this.#options
    const wanted = config.get().platform.map(entry => completeBot(entry, ids))
    if (JSON.stringify(wanted) === JSON.stringify(config.get().platform)) return
    await config.update(draft => {
      draft.platform = draft.platform.map(entry => completeBot(entry, ids))
    })
  }

  #follow(): void {
    this.#work = this.#work
      .then(() => this.#synchronise())
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'bots could not follow the configuration'))
  }

  async #synchronise(): Promise<void> {
    const { config, builtIn, log } = this.#options
    if (this.#stopping) return
    const wanted = new Map<string, JsonObject>()
    for (const entry of objectsOf(config.get().platform)) {
      const id = idOf(entry)
      if (!entry['enable'] || id === '' || id === builtIn.type) continue
      if (wanted.has(id)) log.warn({ bot: id }, 'two bots have the same id; the second one is left out')
      else wanted.set(id, entry)
    }
    const leaving = [...this.#instances].filter(([id, { mark }]) => {
      if (id === builtIn.type) return false
      const entry = wanted.get(id)
      return !entry || markOf(entry) !== mark
    })
    for (const [id] of leaving) this.#instances.delete(id)
    // What leaves may hold a port that what comes needs.
    await Promise.all(leaving.map(([, { instance }]) => instance.stop()))
    const arriving: Promise<void>[] = []
    for (const [id, entry] of wanted) {
      if (this.#instances.has(id)) continue
      const instance = this.#instanceOf(id, this.#kindOf(entry), entry)
      this.#instances.set(id, { instance, mark: markOf(entry) })
      arriving.push(instance.start())
    }
    await patiently(Promise.all(arriving), attemptPatienceMs)
  }

  #kindOf(entry: JsonObject): PlatformKind {
    const { type } = entry
    const name = typeof type === 'string' ? type : ''
    const unknown = { type: name, displayName: name, description: '', streaming: false, proactive: false }
    return (name === this.#options.builtIn.type ? undefined : this.kinds.get(name)) ?? unknown
  }

  #instanceOf(id: string, kind: PlatformKind, settings: ReadonlyJsonObject): PlatformInstance {
    const { clock, ids, log, fetch, backOff = { first: 1000, most: 60_000 } } = this.#options
    const receive = (message: InboundMessage) => this.#receive(message)
    return new PlatformInstance({ id, kind, settings, backOff, host: { clock, ids, log, fetch, receive } })
  }

  #receive(message: InboundMessage): void {
    if (this.#stopping) return
    const { log } = this.#options
    for (const listener of this.#listeners) {
      // A listener's failure is neither the adapter's nor the next listener's.
      void (async () => listener(message))().catch((error: unknown) =>
        log.error({ err: error, umo: message.umo }, 'a message was not handled'),
      )
    }
  }
}

/** Tells whether a bot has to connect anew. */
function markOf(entry: ReadonlyJson): string {
  return createHash('sha256').update(JSON.stringify(entry)).digest('base64')
}

async function patiently(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>(resolve => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, patience])
  clearTimeout(timer)
}
