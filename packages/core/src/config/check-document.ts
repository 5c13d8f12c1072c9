import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isJsonObject, type JsonObject } from '../json.ts'
import { isRunnerType } from './agent-runner.ts'
import { type CastReport, cast, type Problem } from './cast.ts'
import { defaultFileName } from './config-file.ts'
import { isOld, migrate } from './migrate/migrate.ts'
import { documentRule } from './rules.ts'
import { refuseDangerous } from './save/refuse-dangerous.ts'

/** What is to be said about a document. */
export interface DocumentCheck {
  /** Values that break their rule. A running program uses the defaults in their place. */
  problems: Problem[]
  /** Paths of keys that nobody knows; they are kept and have no effect. */
  unknown: string[]
  /** The next start will bring it up to date. */
  old: boolean
}

/** What this server adds to the documents that AstrBot knows. */
const ownKey = 'dashboard.token_version'

/** Holds a document, of whatever version, against the contract. */
export function checkDocument(document: JsonObject): DocumentCheck {
  const current = structuredClone(migrate(document))
  // A text in quotes does for the version, which no form shows.
  delete current.config_version
  const report: CastReport = { problems: [], dropped: [] }
  refuseDangerous(current, '', report.problems)
  const { agent_runner: runner } = current
  if (isJsonObject(runner) && !isRunnerType(runner.runner_type)) delete current.agent_runner
  cast(documentRule, current, '', { unknown: 'drop' }, report)
  if (isJsonObject(runner) && !isRunnerType(runner.runner_type))
    report.problems.push({ path: 'agent_runner.runner_type', message: 'names no agent runner; the built-in one runs' })
  const unknown = report.dropped.filter(path => path !== ownKey)
  return { problems: report.problems, unknown, old: isOld(document) }
}

/** The configuration files of a data folder that are there: the default profile first. Names and whole paths. */
export async function documentFiles(dataDir: string): Promise<{ name: string; path: string }[]> {
  const names = await readdir(join(dataDir, 'config')).catch((): string[] => [])
  const main = (await readdir(dataDir).catch((): string[] => [])).includes(defaultFileName)
  return [
    ...(main ? [{ name: defaultFileName, path: join(dataDir, defaultFileName) }] : []),
    ...names
      .filter(name => /^abconf_[\w-]+\.json$/.test(name))
      .sort()
      .map(name => ({ name: `config/${name}`, path: join(dataDir, 'config', name) })),
  ]
}
