import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Schemas } from '@astrbot/contract'
import type { Kysely } from 'kysely'
import type { Clock } from '../clock.ts'
import { AstrBotError } from '../errors.ts'
import { safePath } from '../guards/safe-path.ts'
import { type Ids, randomFrom } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { Database, Store } from '../store/index.ts'
import type { FileCaller, Reach } from './access.ts'
import { headOf, moveFile, reserve } from './disk.ts'
import { type FileOnDisk, fileOnDisk } from './file-on-disk.ts'
import { imageHeadBytes, imageKind } from './image-kind.ts'
import { attachmentType, declaredType, typeOfName, unknownType } from './media-types.ts'
import { plainName, storedName, timeStamp, withExtension } from './names.ts'
import {
  type Attachment,
  attachmentsOfHistory,
  deleteAttachment,
  deleteUnreferenced,
  findAttachmentByName,
  findAttachments,
  insertAttachment,
  isStoredName,
} from './store.ts'

/** A file that waits on disk to become an attachment. It is moved, not copied. */
export interface NewFile {
  path: string
  /** As sent. */
  filename: string
  /** As declared; what an image is, its bytes tell. */
  contentType?: string | null | undefined
}

export interface AttachmentServices {
  store: Pick<Store, 'db'>
  dataDir: string
  clock: Clock
  ids: Ids
  log: Logger
}

/** Files that messages refer to: rows in the database, bytes in `<data>/attachments`. */
export class Attachments {
  readonly #services: AttachmentServices
  readonly #folder: string
  /** Where older versions of AstrBot put pictures. */
  readonly #olderFolder: string

  constructor(services: AttachmentServices) {
    this.#services = services
    this.#folder = join(services.dataDir, 'attachments')
    this.#olderFolder = join(services.dataDir, 'webchat', 'imgs')
  }

  async start(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
  }

  /** Takes a file in, under a name of its own. */
  async add(file: NewFile, { username, apiKeyId }: FileCaller): Promise<Attachment> {
    const { store, clock, ids } = this.#services
    const { size } = await stat(file.path)
    const { filename, mimeType } = await this.#describe(file)
    const stored = await this.#moveIn(file.path, filename)
    const now = clock.now()
    const row: Attachment = {
      attachment_id: ids.uuid(),
      stored_name: stored,
      filename: filename === '' ? stored : filename,
      type: attachmentType(mimeType),
      mime_type: mimeType,
      size,
      owner: username,
      api_key_id: apiKeyId,
      created_at: now,
      updated_at: now,
    }
    try {
      await insertAttachment(store.db, row)
    } catch (error) {
      await this.erase([stored])
      throw error
    }
    return row
  }

  /** @throws attachment_not_found for an unknown id and for what is not the caller's */
  async find(id: string, caller: FileCaller): Promise<Attachment> {
    const [row] = await findAttachments(this.#services.store.db, [id], caller, 'own')
    if (!row) throw new AstrBotError('attachment_not_found')
    return row
  }

  /** Those of the ids that a caller reaches, by id. */
  async resolve(ids: readonly string[], caller: FileCaller, reach: Reach): Promise<Map<string, Attachment>> {
    const rows = await findAttachments(this.#services.store.db, [...new Set(ids)], caller, reach)
    return new Map(rows.map(row => [row.attachment_id, row]))
  }

  /** The bytes of an attachment. @throws file_not_found when they are gone */
  async file(row: Pick<Attachment, 'stored_name' | 'filename' | 'mime_type'>): Promise<FileOnDisk> {
    return fileOnDisk(await safePath(this.#folder, row.stored_name), row.filename, row.mime_type)
  }

  /** The whole content of an attachment; only for small ones. @throws file_not_found */
  async bytes(row: Attachment): Promise<Buffer> {
    return readFile((await this.file(row)).path)
  }

  /**
   * The file stored under a name, of which the last part counts. The dashboard user also finds files without a row.
   * @throws file_not_found
   */
  async fileByName(sent: string, caller: FileCaller): Promise<FileOnDisk> {
    const { db } = this.#services.store
    const name = plainName(sent)
    if (name === '') throw new AstrBotError('file_not_found')
    const row = await findAttachmentByName(db, name, caller)
    if (row) return this.file({ ...row, mime_type: typeOfName(row.stored_name) ?? row.mime_type })
    if (caller.apiKeyId !== null || (await isStoredName(db, name))) throw new AstrBotError('file_not_found')
    const type = typeOfName(name) ?? unknownType
    const found = await fileOnDisk(await safePath(this.#folder, name), name, type).catch(() => undefined)
    return found ?? fileOnDisk(await safePath(this.#olderFolder, name), name, type)
  }

  /** Removes an attachment of the caller's own. Anything else is left alone without a word. */
  async delete(id: string, caller: FileCaller): Promise<void> {
    const stored = await deleteAttachment(this.#services.store.db, id, caller)
    if (stored !== undefined) await this.erase([stored])
  }

  /**
   * Carries out `remove`, which deletes messages of a session or side thread, and forgets the attachments that only
   * they referred to, as far as they belong to the same key (null: the dashboard). All in the caller's transaction.
   * @returns names for `erase`, once the transaction is over
   */
  async forget(
    db: Kysely<Database>,
    userId: string,
    apiKeyId: string | null,
    remove: () => Promise<void>,
  ): Promise<string[]> {
    const referred = await attachmentsOfHistory(db, userId)
    await remove()
    return deleteUnreferenced(db, referred, apiKeyId)
  }

  /** Removes bytes whose rows are gone. */
  async erase(storedNames: readonly string[]): Promise<void> {
    for (const name of storedNames) {
      try {
        await rm(join(this.#folder, name), { force: true })
      } catch (error) {
        this.#services.log.warn({ err: error, file: name }, 'the file of a deleted attachment was not removed')
      }
    }
  }

  async #describe({ path, filename, contentType }: NewFile): Promise<{ filename: string; mimeType: string }> {
    const name = plainName(filename)
    const declared = declaredType(contentType)
    const kind = attachmentType(declared) === 'image' ? imageKind(await headOf(path, imageHeadBytes)) : undefined
    if (!kind) return { filename: name, mimeType: declared.endsWith('*') ? unknownType : declared }
    const fits = name === '' || name.toLowerCase().endsWith(kind.extension)
    return { filename: fits ? name : withExtension(name, kind.extension), mimeType: kind.mimeType }
  }

  async #moveIn(path: string, filename: string): Promise<string> {
    const { clock, ids } = this.#services
    for (;;) {
      const name = storedName(timeStamp(clock.now(), randomFrom(ids, 2)), filename)
      const target = join(this.#folder, name)
      if (!(await reserve(target))) continue
      try {
        await moveFile(path, target)
        return name
      } catch (error) {
        await rm(target, { force: true })
        throw error
      }
    }
  }
}

/** An upload's answer. */
export function uploadedView(row: Attachment): Schemas['UploadedFile'] {
  return { attachment_id: row.attachment_id, filename: row.filename, stored_filename: row.stored_name, type: row.type }
}

/** What is known of an attachment. */
export function attachmentView(row: Attachment): Schemas['AttachmentInfo'] {
  return { ...uploadedView(row), stored_filename: row.stored_name, mime_type: row.mime_type, size: row.size }
}
