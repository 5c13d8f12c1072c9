import { rename } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Clock } from '../clock.ts'
import type { JsonObject } from '../json.ts'
import type { Logger } from '../log.ts'
import type { History } from './history.ts'
import { ConfigFileError, readDocument } from './read-document.ts'
import { fileText, serialise } from './serialise.ts'
import { writeAtomically } from './write-atomically.ts'

/**
 * Reads a document before anybody relies on it. A file that holds none is put aside as `<file>.broken-<time>`, and the
 * newest earlier version takes its place; without one the file is missing, which means the defaults. A broken file so
 * never keeps the program from starting, and nothing of it is lost.
 *
 * @returns the document, or undefined when there is none
 * @throws ConfigFileError when the file cannot be read at all
 */
export async function rescueDocument(
  file: string,
  history: History,
  { clock, log }: { clock: Clock; log: Logger },
): Promise<JsonObject | undefined> {
  try {
    return await readDocument(file)
  } catch (error) {
    if (!(error instanceof ConfigFileError && error.broken)) throw error
    const aside = `${file}.broken-${new Date(clock.now()).toISOString().replaceAll(':', '-')}`
    await rename(file, aside)
    const found = await newestUsable([`${file}.bak`, ...(await history.versions())])
    log.error(
      { file, aside, ...(found && { restored: found.version }) },
      `${basename(file)} could not be read; ${found ? 'its last good version takes its place' : 'the defaults take its place'}`,
    )
    if (!found) return undefined
    await writeAtomically(file, fileText(serialise(found.document)))
    return found.document
  }
}

async function newestUsable(versions: string[]): Promise<{ version: string; document: JsonObject } | undefined> {
  for (const version of versions) {
    const document = await readDocument(version).catch(() => undefined)
    if (document) return { version, document }
  }
  return undefined
}
