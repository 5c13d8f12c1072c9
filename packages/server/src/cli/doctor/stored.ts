import { join } from 'node:path'
import { documentFiles, inspectStore } from '@astrbot/core'
import type { ServerOptions } from '../../options.ts'
import { checkFile } from '../config-validate.ts'
import { type Finding, ok, problem, warning, wordsOf } from './check.ts'

const most = 5

/** Whether every configuration file can be read and is valid. */
export async function checkConfiguration(dataDir: string): Promise<Finding[]> {
  const files = await documentFiles(dataDir)
  if (files.length === 0) return [ok('configuration', 'none yet: the defaults apply')]
  const findings: Finding[] = []
  for (const { path, name } of files) {
    const { problems, unknown } = await checkFile(path, name)
    const [first] = problems
    if (first?.path === '') findings.push(problem('configuration', first.message, 'See above.'))
    else if (first) {
      const listed = problems.slice(0, most).map(one => `${one.path} ${one.message}`)
      const more = problems.length > most ? ` and ${problems.length - most} more` : ''
      const hint = 'Repair them with `astrbot config set`; until then the defaults apply in their place.'
      findings.push(problem('configuration', `${name}: ${listed.join('; ')}${more}`, hint))
    } else findings.push(ok('configuration', `${name} is valid`))
    if (unknown.length > 0) {
      const text = `${name} has keys that have no effect: ${unknown.slice(0, most).join(', ')}`
      findings.push(warning('configuration', text, 'Check their spelling; keys of plugins may stay.'))
    }
  }
  return findings
}

/** Whether the database opens, is sound, and fits this program. */
export async function checkDatabase({ dataDir, databaseUrl }: ServerOptions): Promise<Finding[]> {
  const file = join(dataDir, 'astrbot.db')
  const name = databaseUrl ? 'PostgreSQL' : file
  try {
    const { exists, pending, unknown, damage } = await inspectStore({ url: databaseUrl, file })
    if (!exists) return [ok('database', `${name} will be made by the first start`)]
    if (damage.length > 0) {
      const hint = 'Stop the bot, keep a copy of the file, and restore a backup.'
      return [problem('database', `${name} is damaged: ${damage.join('; ')}`, hint)]
    }
    if (unknown.length > 0) {
      const hint = 'Start the newer version again, or restore a backup from before the update.'
      return [problem('database', `${name} was written by a newer version (${unknown.join(', ')})`, hint)]
    }
    if (pending.length === 0) return [ok('database', `${name} is sound and up to date`)]
    const hint = 'Nothing to do: the next start brings it up to date. A backup before an update is always wise.'
    return [warning('database', `${name} is of an earlier version; ${pending.length} step(s) are pending`, hint)]
  } catch (error) {
    const hint = databaseUrl
      ? 'Check that the server of DATABASE_URL runs and takes this user and password.'
      : 'It may be no database, or not be readable for this user. Keep a copy and restore a backup.'
    return [problem('database', `${name} cannot be opened: ${wordsOf(error)}`, hint)]
  }
}
