import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, day, hour } from '../../clock.ts'
import { writeAtomically } from '../../config/index.ts'
import { type AddressPolicy, safeFetch } from '../../guards/safe-fetch.ts'
import type { Logger } from '../../log.ts'
import type { Fetch } from '../http-fetch.ts'
import type { ModelCatalogue } from './metadata.ts'
import { readModelList } from './read-list.ts'

export interface FetchedListOptions {
  catalogue: ModelCatalogue
  dataDir: string
  /** Where the list is, e.g. `https://models.dev/api.json`; without it nothing is ever fetched. */
  url: string | undefined
  send: Fetch
  policy: AddressPolicy
  clock: Clock
  log: Logger
}

const maxBytes = 64 * 1024 * 1024
const timeoutMs = 60_000

/**
 * A list of models that is fetched from an address of the operator's choice and kept as `<data>/model-metadata.json`; it
 * is fetched again when it is a day old. A file that somebody put there by hand is read as well.
 */
export class FetchedList {
  readonly #options: FetchedListOptions
  readonly #file: string
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #fetching: Promise<void> | undefined
  /** Epoch milliseconds; 0 for never. */
  #fetchedAt = 0

  constructor(options: FetchedListOptions) {
    this.#options = options
    this.#file = join(options.dataDir, 'model-metadata.json')
  }

  /** Reads what is kept; fetching goes on in the background. */
  async start(): Promise<void> {
    const { catalogue, log, url } = this.#options
    const text = await readFile(this.#file, 'utf8').catch(() => undefined)
    try {
      if (text !== undefined) {
        catalogue.learn(readModelList(text))
        this.#fetchedAt = (await stat(this.#file)).mtimeMs
      }
    } catch (error) {
      log.warn({ error: String(error) }, 'model-metadata.json cannot be read')
    }
    if (!url || this.#stop.signal.aborted) return
    this.#inBackground()
    // What failed is tried again long before the next day.
    this.#timer = setInterval(() => this.#inBackground(), hour)
    this.#timer.unref()
  }

  /** Fetches the list. @throws Error saying why it could not be had; the old one stays */
  async refresh(): Promise<void> {
    const { catalogue, url, send, policy, clock } = this.#options
    if (!url) return
    const init = { headers: { accept: 'application/json' }, signal: this.#stop.signal }
    const { status, body } = await safeFetch(send, url, init, { policy, maxBytes, timeoutMs, redirects: 3 })
    if (status !== 200) throw new Error(`HTTP ${status}`)
    const text = new TextDecoder().decode(body)
    const models = readModelList(text)
    await writeAtomically(this.#file, text)
    catalogue.learn(models)
    this.#fetchedAt = clock.now()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#stop.abort()
    await this.#fetching
  }

  #inBackground(): void {
    const { clock, log } = this.#options
    if (clock.now() - this.#fetchedAt < day) return
    this.#fetching ??= this.refresh()
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) log.warn({ error: wordsOf(error) }, 'the list of models cannot be fetched')
      })
      .finally(() => {
        this.#fetching = undefined
      })
  }
}

/** The reason of a failed connection is in the cause. */
function wordsOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || String(Reflect.get(cause, 'code') ?? cause.name) : String(cause)
}
