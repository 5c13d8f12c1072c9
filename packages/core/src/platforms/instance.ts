import type { Clock } from '../clock.ts'
import type { ReadonlyJsonObject } from '../json.ts'
import type { Logger } from '../log.ts'
import type { MessageOrigin } from '../umo.ts'
import { type PlatformAdapter, type PlatformHost, type PlatformKind, UnusableSettings } from './adapter.ts'
import type { Component } from './message.ts'

export type PlatformStatus = 'pending' | 'running' | 'error' | 'stopped'

export interface PlatformFailure {
  message: string
  /** Epoch milliseconds. */
  at: number
  stack: string | undefined
}

/** How long to wait before another attempt, in milliseconds. */
export interface BackOff {
  first: number
  most: number
}

export interface InstanceOptions {
  kind: PlatformKind
  settings: ReadonlyJsonObject
  host: Omit<PlatformHost, 'failed' | 'settings' | 'id'>
  id: string
  backOff: BackOff
}

const stopPatienceMs = 5000
/** Whoever ran that long begins with the shortest pause again. */
const soundAfterMs = 60_000

/** A bot that is to run: connects, and after a failure connects again, ever more slowly. */
export class PlatformInstance {
  readonly id: string
  readonly kind: PlatformKind
  readonly settings: ReadonlyJsonObject
  status: PlatformStatus = 'pending'
  /** When it first ran, in epoch milliseconds. */
  startedAt: number | null = null
  errorCount = 0
  lastError: PlatformFailure | null = null
  readonly #host: InstanceOptions['host']
  readonly #backOff: BackOff
  readonly #clock: Clock
  readonly #log: Logger
  #adapter: PlatformAdapter | undefined
  #timer: NodeJS.Timeout | undefined
  #failuresInRow = 0
  #runningSince = 0
  #over = false

  constructor({ id, kind, settings, host, backOff }: InstanceOptions) {
    this.id = id
    this.kind = kind
    this.settings = settings
    this.#host = host
    this.#backOff = backOff
    this.#clock = host.clock
    this.#log = host.log
  }

  get takesWebhook(): boolean {
    return this.kind.takesWebhook?.(this.settings) === true
  }

  /** The adapter, while it is connected. */
  get adapter(): PlatformAdapter | undefined {
    return this.status === 'running' ? this.#adapter : undefined
  }

  /** Makes one attempt to connect; further ones follow by themselves. Never throws. */
  async start(): Promise<void> {
    if (this.#over) return
    this.status = 'pending'
    let adapter: PlatformAdapter | undefined
    let gone = false
    // An adapter is over once, whether it failed to start, or later.
    const failed = (error: unknown) => {
      if (gone || this.#over) return
      gone = true
      this.#fail(error, adapter)
    }
    try {
      if (!this.kind.connect) throw new UnusableSettings(`bots of the type ${this.kind.type} cannot run here yet`)
      adapter = this.kind.connect({ ...this.#host, id: this.id, settings: this.settings, failed })
      this.#adapter = adapter
      await adapter.start()
      if (gone || this.#over) return
      this.status = 'running'
      this.#runningSince = this.#clock.now()
      this.startedAt ??= this.#runningSince
      this.#log.info({ bot: this.id, type: this.kind.type }, 'bot connected')
    } catch (error) {
      failed(error)
    }
  }

  /** Disconnects for good. */
  async stop(): Promise<void> {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.status = 'stopped'
    const adapter = this.#adapter
    this.#adapter = undefined
    if (adapter) await this.#letGo(adapter)
  }

  /** @throws whatever the platform says against it */
  async send(target: MessageOrigin, chain: readonly Component[]): Promise<void> {
    if (!this.adapter) throw new Error(this.lastError?.message ?? 'not connected')
    await this.adapter.send(target, chain)
  }

  #fail(error: unknown, adapter: PlatformAdapter | undefined): void {
    const message = error instanceof Error ? error.message : String(error)
    this.errorCount++
    this.lastError = {
      message,
      at: this.#clock.now(),
      stack: error instanceof Error ? error.stack : undefined,
    }
    const wasSound = this.status === 'running' && this.#clock.now() - this.#runningSince >= soundAfterMs
    this.#failuresInRow = wasSound ? 1 : this.#failuresInRow + 1
    this.status = 'error'
    this.#adapter = undefined
    this.#log.warn({ bot: this.id, type: this.kind.type, reason: message }, 'bot failed')
    const released = adapter ? this.#letGo(adapter) : Promise.resolve()
    if (error instanceof UnusableSettings) return
    const { first, most } = this.#backOff
    const longest = Math.min(most, first * 2 ** (this.#failuresInRow - 1))
    // Bots that lost the same peer do not come back in step.
    const pause = longest * (0.5 + Math.random() / 2)
    void released.then(() => {
      if (this.#over) return
      this.#timer = setTimeout(() => void this.start(), pause)
      this.#timer.unref()
    })
  }

  async #letGo(adapter: PlatformAdapter): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>(resolve => {
      timer = setTimeout(resolve, stopPatienceMs)
    })
    const stopped = adapter.stop().catch((error: unknown) => {
      this.#log.warn({ bot: this.id, err: error }, 'a bot did not stop as it should')
    })
    await Promise.race([stopped, patience])
    clearTimeout(timer)
  }
}
