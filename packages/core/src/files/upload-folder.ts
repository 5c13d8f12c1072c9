import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isJsonObject } from '../json.ts'
import { moveFile, systemCode } from './disk.ts'

/** What an upload was announced as. */
export interface UploadPlan {
  filename: string
  contentType: string | null
  /** Bytes. */
  totalSize: number
  chunkSize: number
  /** The key that uploads; null for the dashboard. */
  apiKeyId: string | null
}

const planName = 'upload.json'
const opening = '.opening'
const assembling = '.assembling'
const idShape = /^[\w-]{1,64}$/

/**
 * Uploads in progress on disk: a folder for each, in it the plan and one file per chunk. A chunk is moved into its place
 * whole, so what is there is complete, whatever was cut off. The time of the plan's file is that of the latest chunk.
 */
export class UploadFolder {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  /** Puts back what a crash left half assembled. */
  async start(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 })
    for (const name of await readdir(this.#root)) {
      if (name.endsWith(opening)) await this.remove(name)
      else if (name.endsWith(assembling)) await rename(this.#path(name), this.#path(name.slice(0, -assembling.length)))
    }
  }

  /** The ids of all uploads that wait for chunks. */
  async list(): Promise<string[]> {
    return (await readdir(this.#root)).filter(name => idShape.test(name))
  }

  async create(id: string, plan: UploadPlan, now: number): Promise<void> {
    const fresh = id + opening
    await mkdir(this.#path(fresh), { mode: 0o700 })
    await writeFile(this.#path(fresh, planName), JSON.stringify(plan))
    await this.touch(fresh, now)
    await rename(this.#path(fresh), this.#path(id))
  }

  /** An upload and the moment of its latest chunk; undefined when there is none with this id. */
  async find(id: string): Promise<{ plan: UploadPlan; touchedAt: number } | undefined> {
    if (!idShape.test(id)) return undefined
    try {
      const plan: unknown = JSON.parse(await readFile(this.#path(id, planName), 'utf8'))
      // Only `create` writes this file; anything else than an object was torn by a crash.
      if (!isJsonObject(plan)) return undefined
      return { plan: plan as unknown as UploadPlan, touchedAt: (await stat(this.#path(id, planName))).mtimeMs }
    } catch {
      return undefined
    }
  }

  async touch(id: string, now: number): Promise<void> {
    await utimes(this.#path(id, planName), now / 1000, now / 1000)
  }

  /** Moves a chunk into its place, over an earlier one; false when the upload is gone. */
  async put(id: string, index: number, file: string): Promise<boolean> {
    try {
      await moveFile(file, this.#path(id, String(index)))
      return true
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false
      throw error
    }
  }

  /** Indexes of the chunks that are there, ascending. */
  async received(id: string): Promise<number[]> {
    const names = await readdir(this.#path(id)).catch(() => [])
    return names
      .filter(name => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => a - b)
  }

  /**
   * Takes the upload away from everybody else and joins its chunks; undefined when somebody was faster.
   * `use` gets the whole file and may move it; when it throws, the upload is open again.
   */
  async assemble<T>(id: string, chunks: number, use: (file: string) => Promise<T>): Promise<T | undefined> {
    const taken = id + assembling
    try {
      await rename(this.#path(id), this.#path(taken))
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined
      throw error
    }
    const whole = this.#path(taken, 'whole')
    try {
      await pipeline(this.#chunks(taken, chunks), createWriteStream(whole, { mode: 0o600, flush: true }))
      const result = await use(whole)
      await this.remove(taken)
      return result
    } catch (error) {
      await rm(whole, { force: true })
      await rename(this.#path(taken), this.#path(id))
      throw error
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { recursive: true, force: true })
  }

  async *#chunks(id: string, count: number): AsyncGenerator<Buffer> {
    for (let index = 0; index < count; index++) yield* createReadStream(this.#path(id, String(index)))
  }

  #path(...names: string[]): string {
    return join(this.#root, ...names)
  }
}
