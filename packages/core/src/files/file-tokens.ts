import type { Clock } from '../clock.ts'
import { minute } from '../clock.ts'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import { type FileOnDisk, fileOnDisk } from './file-on-disk.ts'
import { typeOfName } from './media-types.ts'

interface Entry {
  path: string
  filename: string
  expiresAt: number
}

const defaultLifetime = 5 * minute

/**
 * Links that let anybody read one file for a while: `/api/v1/files/tokens/<token>`. They are kept in memory; after a
 * restart new ones have to be handed out.
 *
 * @example const token = files.tokens.issue('/data/plugins/weather/logo.png')
 */
export class FileTokens {
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #entries = new Map<string, Entry>()
  readonly #byFile = new Map<string, string>()

  constructor(clock: Clock, ids: Ids) {
    this.#clock = clock
    this.#ids = ids
  }

  /**
   * A token for a file that the bot itself chose; never one for a path that a caller sent. While more than half of a
   * token's time is left, the same file gets the same one, so that lists of logos do not pile tokens up.
   *
   * @param path absolute
   * @param options.lifetimeMs five minutes by default
   * @param options.filename the name to save it under; the last part of the path by default
   */
  issue(path: string, options: { lifetimeMs?: number; filename?: string } = {}): string {
    const { lifetimeMs = defaultLifetime, filename = path.split(/[\\/]/).at(-1) ?? '' } = options
    const now = this.#clock.now()
    this.#forgetExpired(now)
    const file = JSON.stringify([path, filename])
    const known = this.#byFile.get(file)
    if (known !== undefined && (this.#entries.get(known)?.expiresAt ?? 0) > now + lifetimeMs / 2) return known
    const token = this.#ids.uuid()
    this.#entries.set(token, { path, filename, expiresAt: now + lifetimeMs })
    this.#byFile.set(file, token)
    return token
  }

  /** The file behind a token, any number of times until it expires. @throws file_not_found */
  async file(token: string): Promise<FileOnDisk> {
    const entry = this.#entries.get(token)
    if (!entry || entry.expiresAt <= this.#clock.now()) throw new AstrBotError('file_not_found')
    return fileOnDisk(entry.path, entry.filename, typeOfName(entry.path) ?? 'text/plain')
  }

  #forgetExpired(now: number): void {
    for (const [token, entry] of this.#entries) if (entry.expiresAt <= now) this.#entries.delete(token)
    for (const [file, token] of this.#byFile) if (!this.#entries.has(token)) this.#byFile.delete(file)
  }
}
