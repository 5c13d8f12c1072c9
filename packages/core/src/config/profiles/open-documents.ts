import { constants, copyFile, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../../clock.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import type { Logger } from '../../log.ts'
import { isRunnerType } from '../agent-runner.ts'
import { completeDocument } from '../complete.ts'
import { ConfigFile } from '../config-file.ts'
import type { History } from '../history.ts'
import { dropRunnerProviders, isOld, migrate, versionOf } from '../migrate/migrate.ts'
import { providerList } from '../migrate/old-runner.ts'
import { splitProviders } from '../migrate/split-providers.ts'
import { rescueDocument } from '../rescue.ts'
import { fileText, serialise } from '../serialise.ts'
import { writeAtomically } from '../write-atomically.ts'

/** The file of a profile and where its earlier versions are. */
export interface DocumentPlace {
  path: string
  history: History
}

interface Surroundings {
  clock: Clock
  log: Logger
}

/**
 * Opens the documents of a data folder. Broken files are put aside, older documents brought up to date; a copy of those
 * stays as `<file>.version-<n>.bak`.
 *
 * @returns the default profile, and the others by id; undefined for one whose file is missing
 */
export async function openDocuments(
  place: DocumentPlace,
  places: ReadonlyMap<string, DocumentPlace>,
  around: Surroundings,
): Promise<{ main: ConfigFile; named: Map<string, ConfigFile | undefined> }> {
  for (const { path } of [place, ...places.values()]) await removeLeftovers(path)
  const raw = (await rescueDocument(place.path, place.history, around)) ?? {}
  const defaultProviders = providerList(raw.provider)
  const named = new Map<string, ConfigFile | undefined>()
  // Before the default document, which loses the providers that old runners have their settings in.
  for (const [id, own] of places) {
    const document = await rescueDocument(own.path, own.history, around)
    named.set(id, document && (await opened(own, document, migrate(document, { defaultProviders }), around)))
  }
  const current = structuredClone(migrate(raw))
  if (isOld(raw)) dropRunnerProviders(current)
  splitProviders(current)
  return { main: await opened(place, raw, current, around), named }
}

async function opened(
  { path, history }: DocumentPlace,
  raw: JsonObject,
  current: JsonObject,
  { clock, log }: Surroundings,
): Promise<ConfigFile> {
  const text = serialise(current)
  if (text !== serialise(raw)) {
    const version = versionOf(raw)
    const backup = await keepOriginal(path, version, clock)
    await writeAtomically(path, fileText(text))
    log.info({ file: path, version, backup }, 'an older configuration was brought up to date')
  }
  const { agent_runner: runner } = current
  if (isJsonObject(runner) && !isRunnerType(runner.runner_type))
    log.warn({ file: path, runner: runner.runner_type }, 'unknown agent runner; the built-in agent takes its place')
  return new ConfigFile(path, completeDocument(current), history)
}

/** A process that is killed while it writes leaves its temporary file behind. */
async function removeLeftovers(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => [])
  const own = names.filter(name => name.startsWith(`${basename(path)}.`) && /\.\d+\.tmp$/.test(name))
  for (const name of own) await rm(join(dirname(path), name), { force: true })
}

async function keepOriginal(path: string, version: number | undefined, clock: Clock): Promise<string> {
  const backup = `${path}.version-${version ?? 'unknown'}.bak`
  try {
    await copyFile(path, backup, constants.COPYFILE_EXCL)
    return backup
  } catch {
    // There is one already, of an earlier migration.
    const another = `${path}.version-${version ?? 'unknown'}-${clock.now()}.bak`
    await copyFile(path, another)
    return another
  }
}
