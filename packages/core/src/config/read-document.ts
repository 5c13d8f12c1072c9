import { readFile, stat } from 'node:fs/promises'
import { isJsonObject, type JsonObject } from '../json.ts'

/** A configuration file that cannot be used; the message tells the person at the keyboard what to do. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError'
  /** The file could be read, but what it holds is no document. */
  readonly broken: boolean

  constructor(message: string, broken: boolean, options?: ErrorOptions) {
    super(message, options)
    this.broken = broken
  }
}

/**
 * Reads a JSON object, with or without byte order mark. Undefined when the file does not exist.
 *
 * @throws ConfigFileError when the file is there but holds anything else; it names the file and its `.bak`.
 */
export async function readDocument(file: string): Promise<JsonObject | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw await unusable(file, error instanceof Error ? error.message : String(error), false, error)
  }
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw await unusable(file, text.trim() === '' ? 'it is empty' : `it is not valid JSON${whereabouts(error)}`, true)
  }
  if (!isJsonObject(value)) throw await unusable(file, 'it holds no JSON object', true)
  return value
}

async function unusable(file: string, why: string, broken: boolean, cause?: unknown): Promise<ConfigFileError> {
  const backup = `${file}.bak`
  const hint = (await stat(backup).catch(() => undefined))
    ? `Repair it, or put the previous version ${backup} in its place.`
    : `Repair it, or remove it to start with the defaults (there is no ${backup}).`
  return new ConfigFileError(`The configuration file ${file} cannot be used: ${why}. ${hint}`, broken, { cause })
}

/** Where the mistake is. The rest of the parser's message quotes the text around it, which may be a password. */
function whereabouts(error: unknown): string {
  const place = error instanceof Error ? /line \d+ column \d+/.exec(error.message) : null
  return place ? ` (${place[0]})` : ''
}
