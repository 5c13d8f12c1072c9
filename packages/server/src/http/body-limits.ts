import { type AstrBot, chunkBytes } from '@astrbot/core'
import type { ServerOptions } from '../options.ts'
import type { BodyLimits } from './body.ts'
import type { OperationId } from './operation.ts'

/** Operations whose files are smaller than the limit of all others, in bytes. */
const smallFiles: Partial<Record<OperationId, number>> = { uploadFileChunk: chunkBytes }

/** What a form has beside its file: names, boundaries, a few fields. */
const formRoom = 1024 * 1024

/** How much an operation reads of a request. */
export function bodyLimits(id: OperationId, bot: AstrBot, options: ServerOptions): BodyLimits {
  const file = smallFiles[id] ?? bot.files.maxBytes
  return { json: options.maxJsonBytes, multipart: { folder: bot.files.spool, file, body: file + formRoom } }
}
