import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/index.ts'
import { Attachments } from './attachments.ts'
import { FileTokens } from './file-tokens.ts'
import { openSpool } from './spool.ts'
import { renameAttachmentOwner } from './store.ts'
import { Uploads } from './uploads.ts'

export const defaultMaxFileBytes: number = 512 * 1024 * 1024

export interface FilesOptions {
  store: Pick<Store, 'db'>
  dataDir: string
  clock: Clock
  ids: Ids
  log: Logger
  /** Bytes an uploaded file may have; 512 MiB by default. */
  maxBytes?: number
}

/** Everything that is a file to the outside: attachments, uploads in chunks, and links to single files. */
export interface Files {
  readonly attachments: Attachments
  readonly uploads: Uploads
  readonly tokens: FileTokens
  /** A folder for files on their way in. Whoever puts one there takes it away again. */
  readonly spool: string
  /** Bytes an uploaded file may have. */
  readonly maxBytes: number
  start(): Promise<void>
  stop(): void
  /** Attachments follow their owner through a change of name. */
  renameOwner(from: string, to: string): Promise<void>
}

export function createFiles({ maxBytes = defaultMaxFileBytes, ...services }: FilesOptions): Files {
  const { dataDir, clock, ids, log, store } = services
  const temporary = join(dataDir, 'temp')
  const spool = join(temporary, 'spool')
  const attachments = new Attachments(services)
  const uploads = new Uploads({ folder: join(temporary, 'uploads'), attachments, clock, ids, log, maxBytes })
  return {
    attachments,
    uploads,
    tokens: new FileTokens(clock, ids),
    spool,
    maxBytes,
    async start() {
      await openSpool(spool)
      await attachments.start()
      await uploads.start()
    },
    stop: () => uploads.stop(),
    renameOwner: (from, to) => renameAttachmentOwner(store.db, from, to),
  }
}
