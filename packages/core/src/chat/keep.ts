import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Keep } from '../agent/index.ts'
import { type FileCaller, type Files, pictureReference } from '../files/index.ts'

/** The tool with which models read files. */
const readTool = 'astrbot_file_read_tool'

/** Keeps what tools make: pictures as attachments of the chat, long texts where the model can read on. */
export class ToolKeep implements Keep {
  /** The attachments that were made. */
  readonly attachmentIds: string[] = []
  readonly #files: Pick<Files, 'attachments' | 'spool'>
  readonly #owner: FileCaller
  readonly #runId: string
  readonly #readable: boolean

  constructor(
    files: Pick<Files, 'attachments' | 'spool'>,
    { runId, ...owner }: FileCaller & { runId: string },
    toolNames: readonly string[],
  ) {
    this.#files = files
    this.#owner = { username: owner.username, apiKeyId: owner.apiKeyId }
    this.#runId = runId
    this.#readable = toolNames.includes(readTool)
  }

  async picture({ data, mimeType, name }: Parameters<Keep['picture']>[0]): Promise<{ url: string; path: string }> {
    const { attachments, spool } = this.#files
    const path = join(spool, `${this.#runId}-${this.attachmentIds.length}`)
    const extension = mimeType.startsWith('image/') ? `.${mimeType.slice(6).replace(/\W.*$/, '')}` : ''
    const file = { path, filename: `${plain(name)}${extension}`, contentType: mimeType }
    try {
      await writeFile(path, data)
      const { attachment_id, stored_name } = await attachments.add(file, this.#owner)
      this.attachmentIds.push(attachment_id)
      return { url: pictureReference(attachment_id), path: stored_name }
    } finally {
      // It was moved, unless something went wrong.
      await rm(path, { force: true })
    }
  }

  async text(text: string, name: string): Promise<string | undefined> {
    if (!this.#readable) return undefined
    const folder = join(dirname(this.#files.spool), 'tool_results')
    await mkdir(folder, { recursive: true })
    const path = join(folder, `${this.#runId}_${plain(name)}.txt`)
    await writeFile(path, text)
    return path
  }
}

/** The ids of calls come from models. */
function plain(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 80)
}
