import { extname } from 'node:path'

const longestName = 255
const longestExtension = 32
// C0 and C1 controls, and the marks that turn the direction of writing: `gpj.exe` must not look like `exe.jpg`.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const unseen = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
/** What some file system, or the `[FILE]stored|shown` of chat events, does not take. */
const reserved = /[<>:"|?*\\/]/g

/**
 * The plain file name in what a client sent: the last part of a path with either kind of slash (at its end, they do not
 * count), without control characters, at most 255 bytes. Empty when nothing is left, or only dots.
 *
 * @example plainName('C:\\tmp\\..\\é.png') // 'é.png'
 */
export function plainName(sent: string): string {
  const parts = sent.toWellFormed().replaceAll('\\', '/').split('/')
  const last = parts.findLast(part => part.trim() !== '') ?? ''
  const name = last.replace(unseen, '').trim()
  return name === '.' || name === '..' ? '' : cut(name, longestName)
}

/**
 * The beginning of a stored name: local time `YYYYMMDDHHMMSSmmm_` and four hexadecimal digits.
 * @param random at least two random bytes
 */
export function timeStamp(now: number, random: Uint8Array): string {
  const date = new Date(now)
  const digits = (value: number, width: number) => String(value).padStart(width, '0')
  const day = digits(date.getFullYear(), 4) + digits(date.getMonth() + 1, 2) + digits(date.getDate(), 2)
  const time = digits(date.getHours(), 2) + digits(date.getMinutes(), 2) + digits(date.getSeconds(), 2)
  return `${day}${time}${digits(date.getMilliseconds(), 3)}_${Buffer.from(random.subarray(0, 2)).toString('hex')}`
}

/** The name on disk of a file that is shown as `filename`: unique by its stamp, and fit for every file system. */
export function storedName(stamp: string, filename: string): string {
  const fit = filename.replace(reserved, '_').replace(/[. ]+$/, '_')
  return fit === '' ? stamp : `${stamp}_${cut(fit, longestName - stamp.length - 1)}`
}

/** The name with another extension, dot included. */
export function withExtension(filename: string, extension: string): string {
  return cut(filename.slice(0, filename.length - extname(filename).length), longestName - extension.length) + extension
}

/** Shortens a name to a number of bytes; its extension stays. */
function cut(name: string, bytes: number): string {
  if (Buffer.byteLength(name) <= bytes) return name
  const extension = Buffer.byteLength(extname(name)) <= longestExtension ? extname(name) : ''
  let left = bytes - Buffer.byteLength(extension)
  let stem = ''
  for (const character of name.slice(0, name.length - extension.length)) {
    left -= Buffer.byteLength(character)
    if (left < 0) break
    stem += character
  }
  return stem + extension
}
