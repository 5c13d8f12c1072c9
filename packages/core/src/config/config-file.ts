import { join } from 'node:path'
import type { JsonObject } from '../json.ts'
import { conform } from './conform.ts'
import { type ConfigDocument, type ConfigSnapshot, defaultConfig } from './document.ts'
import { readDocument } from './read-document.ts'
import { writeAtomically } from './write-atomically.ts'

/**
 * The default profile `<dataDir>/cmd_config.json`, in memory and on disk. A missing file means the defaults; nothing is
 * written before something changes.
 *
 * @example
 * const config = await ConfigFile.open('data')
 * await config.update(draft => { draft.timezone = 'Europe/Berlin' })
 */
export class ConfigFile {
  readonly path: string
  #current: ConfigSnapshot
  #queue: Promise<unknown> = Promise.resolve()

  private constructor(path: string, document: ConfigDocument) {
    this.path = path
    this.#current = deepFreeze(document)
  }

  /** @throws ConfigFileError when the file exists and cannot be used. */
  static async open(dataDir: string): Promise<ConfigFile> {
    const path = join(dataDir, 'cmd_config.json')
    return new ConfigFile(path, complete((await readDocument(path)) ?? {}))
  }

  /** The document as it stands now; it does not change under the reader's hands. */
  get(): ConfigSnapshot {
    return this.#current
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
    const before = serialise(this.#current)
    const draft = JSON.parse(before) as ConfigDocument
    const answer = mutate(draft)
    const text = serialise(draft)
    if (text === before) return answer
    await writeAtomically(this.path, `\uFEFF${text}\n`)
    this.#current = deepFreeze(complete(JSON.parse(text)))
    return answer
  }
}

/** The boundary between any JSON object and the typed document: `conform` makes the type true. */
function complete(document: JsonObject): ConfigDocument {
  return conform(defaultConfig, document) as unknown as ConfigDocument
}

function serialise(document: ConfigSnapshot): string {
  return JSON.stringify(document, null, 2)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const child of Object.values(value)) deepFreeze(child)
  }
  return value
}
