import type { Schemas } from '@astrbot/contract'
import { type Clock, hour, minute, second } from '../clock.ts'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { FileCaller } from './access.ts'
import type { Attachments } from './attachments.ts'
import type { Attachment } from './store.ts'
import { UploadFolder, type UploadPlan } from './upload-folder.ts'

/** Bytes of every chunk but the last. */
export const chunkBytes = 1024 * 1024
const lifetime = hour
const sweepEvery = 10 * minute
const mostMissingNamed = 10

export interface UploadServices {
  /** Where chunks wait. */
  folder: string
  attachments: Attachments
  clock: Clock
  ids: Ids
  log: Logger
  /** Bytes a file may have. */
  maxBytes: number
}

/**
 * Uploads in chunks. One belongs to the key (or the dashboard) that opened it; anybody else's is as good as none. It is
 * forgotten an hour after its latest chunk. Everything is on disk: a restart changes nothing.
 */
export class Uploads {
  readonly #services: UploadServices
  readonly #folder: UploadFolder
  #timer: NodeJS.Timeout | undefined

  constructor(services: UploadServices) {
    this.#services = services
    this.#folder = new UploadFolder(services.folder)
  }

  async start(): Promise<void> {
    await this.#folder.start()
    await this.#sweep()
    const again = () =>
      this.#sweep().catch((error: unknown) => this.#services.log.warn({ err: error }, 'old uploads were not removed'))
    this.#timer = setInterval(again, sweepEvery).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** @throws file_too_large */
  async open(
    request: Schemas['FileUploadInitRequest'],
    { apiKeyId }: FileCaller,
  ): Promise<Schemas['FileUploadStarted']> {
    const { maxBytes, clock, ids } = this.#services
    const totalSize = Number(request.total_size)
    if (totalSize > maxBytes) throw new AstrBotError('file_too_large', { limit: Math.floor(maxBytes / 1024 / 1024) })
    const { filename, content_type: contentType = null } = request
    const plan: UploadPlan = { filename, contentType, totalSize, chunkSize: chunkBytes, apiKeyId }
    const id = ids.uuid()
    await this.#folder.create(id, plan, clock.now())
    return { upload_id: id, chunk_size: chunkBytes, total_chunks: chunkCount(plan) }
  }

  /**
   * Stores a chunk that waits on disk; an earlier one of the same index is replaced.
   * @throws upload_not_found, chunk_out_of_range, chunk_size_mismatch
   */
  async putChunk(
    id: string,
    index: number,
    chunk: { path: string; size: number },
    caller: FileCaller,
  ): Promise<Schemas['FileUploadChunkStored']> {
    const { plan } = await this.#find(id, caller)
    const total = chunkCount(plan)
    if (index >= total) throw new AstrBotError('chunk_out_of_range')
    const expected = index < total - 1 ? plan.chunkSize : plan.totalSize - plan.chunkSize * (total - 1)
    if (chunk.size !== expected) throw new AstrBotError('chunk_size_mismatch', { got: chunk.size, expected })
    if (!(await this.#folder.put(id, index, chunk.path))) throw new AstrBotError('upload_not_found')
    await this.#folder.touch(id, this.#services.clock.now()).catch(() => {
      throw new AstrBotError('upload_not_found')
    })
    return { received: (await this.#folder.received(id)).length, total, chunk_index: index }
  }

  /** @throws upload_not_found */
  async status(id: string, caller: FileCaller): Promise<Schemas['FileUploadStatus']> {
    const { plan, touchedAt } = await this.#find(id, caller)
    return {
      received_chunks: await this.#folder.received(id),
      total_chunks: chunkCount(plan),
      chunk_size: plan.chunkSize,
      expires_in: Math.max(0, Math.floor((touchedAt + lifetime - this.#services.clock.now()) / second)),
    }
  }

  /** Makes an attachment of a complete upload. @throws upload_not_found, upload_incomplete */
  async complete(id: string, caller: FileCaller): Promise<Attachment> {
    const { plan } = await this.#find(id, caller)
    const total = chunkCount(plan)
    const received = new Set(await this.#folder.received(id))
    const missing: number[] = []
    for (let index = 0; index < total && missing.length < mostMissingNamed; index++)
      if (!received.has(index)) missing.push(index)
    if (missing.length > 0) throw new AstrBotError('upload_incomplete', { missing: `[${missing.join(', ')}]` })
    const attachment = await this.#folder.assemble(id, total, path =>
      this.#services.attachments.add({ path, filename: plan.filename, contentType: plan.contentType }, caller),
    )
    if (!attachment) throw new AstrBotError('upload_not_found')
    return attachment
  }

  /** Forgets an upload, if there is one. @throws upload_not_found for somebody else's */
  async abort(id: string, { apiKeyId }: FileCaller): Promise<void> {
    const found = await this.#folder.find(id)
    if (!found) return
    if (found.plan.apiKeyId !== apiKeyId) throw new AstrBotError('upload_not_found')
    await this.#folder.remove(id)
  }

  async #find(id: string, { apiKeyId }: FileCaller): Promise<{ plan: UploadPlan; touchedAt: number }> {
    const found = await this.#folder.find(id)
    if (!found || found.plan.apiKeyId !== apiKeyId || this.#isOver(found.touchedAt))
      throw new AstrBotError('upload_not_found')
    return found
  }

  #isOver(touchedAt: number): boolean {
    return touchedAt + lifetime <= this.#services.clock.now()
  }

  async #sweep(): Promise<void> {
    for (const id of await this.#folder.list()) {
      const found = await this.#folder.find(id)
      if (!found || this.#isOver(found.touchedAt)) await this.#folder.remove(id)
    }
  }
}

function chunkCount(plan: UploadPlan): number {
  return Math.ceil(plan.totalSize / plan.chunkSize)
}
