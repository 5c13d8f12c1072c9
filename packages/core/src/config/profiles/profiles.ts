import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../clock.ts'
import { AstrBotError } from '../../errors.ts'
import { type Ids, randomFrom } from '../../ids.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import type { Logger } from '../../log.ts'
import { globalScope, type Preferences } from '../../preferences/index.ts'
import { ConfigFile, defaultFileName, historyFolder } from '../config-file.ts'
import type { ConfigDocument, ConfigSnapshot } from '../document.ts'
import { History } from '../history.ts'
import { fileText, serialise } from '../serialise.ts'
import { writeAtomically } from '../write-atomically.ts'
import { type DocumentPlace, openDocuments } from './open-documents.ts'

const key = 'abconf_mapping'
// What the table of a foreign data folder may name. Anything else could lead out of the folder.
const usableFileName = /^abconf_[\w-]+\.json$/

/** One profile in a list. */
export interface ProfileInfo {
  id: string
  name: string
  /** Name of the file. */
  path: string
}

export interface ProfilesOptions {
  dataDir: string
  preferences: Preferences
  clock: Clock
  ids: Ids
  log: Logger
}

/** The profiles of a data folder: the default one and the named ones, in the files and the table that AstrBot uses. */
export class Profiles {
  readonly main: ConfigFile
  readonly #options: ProfilesOptions
  readonly #files: Map<string, ConfigFile | undefined>
  /** Name and file by id, in the order of creation. */
  #mapping: JsonObject
  #queue: Promise<unknown> = Promise.resolve()

  private constructor(
    options: ProfilesOptions,
    main: ConfigFile,
    files: Map<string, ConfigFile | undefined>,
    mapping: JsonObject,
  ) {
    this.#options = options
    this.main = main
    this.#files = files
    this.#mapping = mapping
  }

  /** @throws ConfigFileError when a file exists and cannot be read at all. */
  static async open(options: ProfilesOptions): Promise<Profiles> {
    const { dataDir, preferences, clock } = options
    const stored = await preferences.get(globalScope, key)
    const mapping = isJsonObject(stored) ? stored : {}
    const places = new Map<string, DocumentPlace>()
    for (const [id, entry] of Object.entries(mapping)) {
      const fileName = fileNameOf(entry)
      if (fileName) places.set(id, place(options, fileName))
    }
    const history = new History(historyFolder(dataDir, defaultFileName), clock)
    const { main, named } = await openDocuments({ path: join(dataDir, defaultFileName), history }, places, options)
    return new Profiles(options, main, named, mapping)
  }

  /** Every profile in the order of creation, the default one last. */
  list(): ProfileInfo[] {
    const named = Object.entries(this.#mapping).map(([id, entry]) => {
      const name = isJsonObject(entry) && typeof entry.name === 'string' ? entry.name : id
      return { id, name, path: fileNameOf(entry) ?? '' }
    })
    return [...named, { id: 'default', name: 'default', path: defaultFileName }]
  }

  /** The document of a profile; undefined when there is none of this id, or its file is missing. */
  find(id: string): ConfigFile | undefined {
    return id === 'default' ? this.main : this.#files.get(id)
  }

  /** The documents of all profiles that can be read. */
  documents(): ConfigSnapshot[] {
    return this.list().flatMap(({ id }) => this.find(id)?.get() ?? [])
  }

  /** @throws config_profile_not_found */
  get(id: string): ConfigFile {
    const file = this.find(id)
    if (!file) throw new AstrBotError('config_profile_not_found', { id })
    return file
  }

  /** Stores a new profile and answers its id. Without a name it gets eight random digits. */
  async create(name: string | undefined, document: ConfigDocument): Promise<string> {
    const { ids } = this.#options
    const id = ids.uuid()
    const { path, history } = place(this.#options, `abconf_${id}.json`)
    await writeAtomically(path, fileText(serialise(document)))
    try {
      const entry = { path: `abconf_${id}.json`, name: name || randomFrom(ids, 4).toString('hex') }
      await this.#change(mapping => ({ ...mapping, [id]: entry }))
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
    this.#files.set(id, new ConfigFile(path, document, history))
    return id
  }

  /**
   * Gives a profile another name; without one nothing changes.
   * @throws default_profile_protected, config_profile_not_found
   */
  async rename(id: string, name: string | undefined): Promise<void> {
    this.#checkNamed(id)
    if (name === undefined) return
    await this.#change(mapping => {
      const entry = mapping[id]
      // Deleted while this change waited for its turn.
      if (entry === undefined) throw new AstrBotError('config_profile_not_found', { id })
      return { ...mapping, [id]: { ...(isJsonObject(entry) ? entry : {}), name } }
    })
  }

  /**
   * Removes a profile. Its last versions stay in its history.
   * @throws default_profile_protected, config_profile_not_found
   */
  async delete(id: string): Promise<void> {
    this.#checkNamed(id)
    const fileName = fileNameOf(this.#mapping[id])
    await this.#change(({ [id]: _, ...rest }) => rest)
    this.#files.delete(id)
    if (!fileName) return
    const { path, history } = place(this.#options, fileName)
    await history.keep(path)
    for (const file of [path, `${path}.bak`]) await rm(file, { force: true })
  }

  #checkNamed(id: string): void {
    if (id === 'default') throw new AstrBotError('default_profile_protected')
    if (!Object.hasOwn(this.#mapping, id)) throw new AstrBotError('config_profile_not_found', { id })
  }

  /** One change after the other; a change that cannot be stored is not made. */
  #change(change: (mapping: JsonObject) => JsonObject): Promise<void> {
    const result = this.#queue.then(async () => {
      const mapping = change(this.#mapping)
      await this.#options.preferences.set(globalScope, key, mapping)
      this.#mapping = mapping
    })
    this.#queue = result.catch(() => {})
    return result
  }
}

function place({ dataDir, clock }: ProfilesOptions, fileName: string): DocumentPlace {
  return { path: join(dataDir, 'config', fileName), history: new History(historyFolder(dataDir, fileName), clock) }
}

function fileNameOf(entry: JsonObject[string] | undefined): string | undefined {
  const name = isJsonObject(entry) ? entry.path : undefined
  return typeof name === 'string' && usableFileName.test(name) ? name : undefined
}
