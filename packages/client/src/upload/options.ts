import type { RequestOptions } from '../options.ts'

/** How far an upload is. */
export interface UploadProgress {
  /** Bytes the server has. */
  sent: number
  total: number
}

export interface UploadOptions extends Omit<RequestOptions, 'idleTimeout'> {
  /** Name of the file. Left out: its own, or `file`. */
  name?: string | undefined
  /** Media type. Left out: its own, or `application/octet-stream`. */
  type?: string | undefined
  /** Bytes of a stream, where they are known: it is uploaded as it comes then, otherwise it is held in memory. */
  size?: number | undefined
  /** Told after every chunk. Small files go in one piece, and are told once. */
  onProgress?: ((progress: UploadProgress) => void) | undefined
  /** Bytes from which a file goes in chunks. 8 MiB unless given, 1 MiB with `onProgress`. */
  chunkedFrom?: number | undefined
  /** Chunks on their way at once. 3 unless given. */
  parallel?: number | undefined
  /** Told the id of an upload in chunks when it begins: with it, another call can go on. */
  onStart?: ((uploadId: string) => void) | undefined
  /** The id of an upload of the same file that broke off: only what is missing is sent. One that is forgotten begins anew. */
  resume?: string | undefined
  /** True: an upload that is aborted stays on the server for an hour, to be resumed. */
  keep?: boolean | undefined
}
