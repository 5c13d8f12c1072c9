import { access, copyFile, link, mkdir, readdir, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Clock } from '../clock.ts'

const kept = 10

/**
 * The ten versions of a file before the current one, in a folder of their own. Their names are the times at which they
 * were replaced, so that they sort by age.
 */
export class History {
  readonly #folder: string
  readonly #clock: Clock

  constructor(folder: string, clock: Clock) {
    this.#folder = folder
    this.#clock = clock
  }

  /** Keeps the file as it is now, before it is replaced. A missing file leaves nothing behind. */
  async keep(file: string): Promise<void> {
    const exists = await access(file).then(
      () => true,
      () => false,
    )
    if (!exists) return
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const version = join(this.#folder, await this.#name(extname(file)))
    // Replacing a file gives its name to another one: the linked one stays as it is, and costs no copy.
    await link(file, version).catch(() => copyFile(file, version))
    for (const old of (await this.versions()).slice(kept)) await rm(old, { force: true })
  }

  /** The paths of the versions, newest first. */
  async versions(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => [])
    return names
      .sort()
      .reverse()
      .map(name => join(this.#folder, name))
  }

  /** `2026-07-06T04-00-00.123Z.json`, with a number behind it when a moment saw several. */
  async #name(extension: string): Promise<string> {
    const moment = new Date(this.#clock.now()).toISOString().replaceAll(':', '-')
    const taken = new Set(await readdir(this.#folder))
    let name = `${moment}${extension}`
    for (let i = 1; taken.has(name); i++) name = `${moment}_${String(i).padStart(4, '0')}${extension}`
    return name
  }
}
