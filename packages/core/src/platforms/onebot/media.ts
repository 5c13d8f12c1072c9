import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Bytes of a file that is put into a message. */
const mostBytes = 40 * 1024 * 1024

/**
 * A file as a OneBot program on another machine can read it: addresses stay, everything else travels as base64.
 * @throws Error when a file cannot be read, or is too large
 */
export async function mediaReference(file: string): Promise<string> {
  if (/^(https?|base64):\/\//i.test(file)) return file
  if (/^data:/i.test(file)) {
    const comma = file.indexOf(',')
    const isBase64 = /;base64$/i.test(file.slice(0, comma))
    const content = file.slice(comma + 1)
    return `base64://${isBase64 ? content : Buffer.from(decodeURIComponent(content)).toString('base64')}`
  }
  const path = /^file:/i.test(file) ? fileURLToPath(file) : file
  const { size } = await stat(path).catch(() => {
    throw new Error('a file of the message is gone')
  })
  if (size > mostBytes) throw new Error(`a file of the message has more than ${mostBytes / 1024 / 1024} MiB`)
  return `base64://${(await readFile(path)).toString('base64')}`
}
