import { basename, join } from 'node:path'
import { type Clock, systemClock } from '../clock.ts'
import { completeDocument } from './complete.ts'
import type { ConfigDocument, ConfigSnapshot } from './document.ts'
import { History } from './history.ts'
import { readDocument } from './read-document.ts'
import { revisionOf } from './revision.ts'
import { fileText, serialise } from './serialise.ts'
import { writeAtomically } from './write-atomically.ts'

/** The file of the default profile. */
export const defaultFileName = 'cmd_config.json'

/** Told after a change is on disk. */
export type ChangeListener = (before: ConfigSnapshot, after: ConfigSnapshot) => void

/**
 * The document of one profile, in memory and on disk. A missing file means the defaults; nothing is written before
 * something changes, and the version before stays beside the file and in its history.
 *
 * @example
 * const config = await ConfigFile.open('data')
 * await config.update(draft => { draft.timezone = 'Europe/Berlin' })
 */
export class ConfigFile {
  readonly path: string
  readonly #history: History
  readonly #listeners: ChangeListener[] = []
  #current: ConfigSnapshot
  #revision: string | undefined
  #queue: Promise<unknown> = Promise.resolve()

  constructor(path: string, document: ConfigDocument, history: History) {
    this.path = path
    this.#history = history
    this.#current = deepFreeze(document)
  }

  /**
   * The default profile of a data folder.
   * @throws ConfigFileError when the file exists and cannot be used.
   */
  static async open(dataDir: string, clock: Clock = systemClock): Promise<ConfigFile> {
    const path = join(dataDir, defaultFileName)
    const history = new History(historyFolder(dataDir, defaultFileName), clock)
    return new ConfigFile(path, completeDocument((await readDocument(path)) ?? {}), history)
  }

  /** The document as it stands now; it does not change under the reader's hands. */
  get(): ConfigSnapshot {
    return this.#current
  }

  /** Names the state of the document: the same words for the same content. */
  get revision(): string {
    this.#revision ??= revisionOf(serialise(this.#current))
    return this.#revision
  }

  onChange(listener: ChangeListener): void {
    this.#listeners.push(listener)
  }

  /**
   * Changes the document: `mutate` gets a copy and edits it in place; what it returns is answered once the change is on
   * disk. Changes run one after the other, each on the result of the one before. When `mutate` throws, or writing
   * fails, nothing changed. A mutation without effect writes nothing.
   */
  update<T>(mutate: (draft: ConfigDocument) => T): Promise<T> {
    const result = this.#queue.then(() => this.#apply(mutate))
    this.#queue = result.catch(() => {})
    return result
  }

  async #apply<T>(mutate: (draft: ConfigDocument) => T): Promise<T> {
    const before = this.#current
    const text = serialise(before)
    const draft = JSON.parse(text) as ConfigDocument
    const answer = mutate(draft)
    const after = serialise(draft)
    if (after === text) return answer
    await this.#history.keep(this.path)
    await writeAtomically(this.path, fileText(after))
    this.#current = deepFreeze(completeDocument(JSON.parse(after)))
    this.#revision = undefined
    for (const listener of this.#listeners) listener(before, this.#current)
    return answer
  }
}

/** Where the earlier versions of a file are: `config/history/cmd_config` for the default profile. */
export function historyFolder(dataDir: string, fileName: string): string {
  return join(dataDir, 'config', 'history', basename(fileName, '.json'))
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const child of Object.values(value)) deepFreeze(child)
  }
  return value
}
