import { resolve } from 'node:path'
import { ConfigFileError, checkDocument, documentFiles, readDocument } from '@astrbot/core'
import { optionsFrom } from '../options.ts'
import type { Command } from './command.ts'
import { CommandFailure } from './failure.ts'

/** What was found in one file. */
export interface FileReport {
  file: string
  valid: boolean
  problems: { path: string; message: string }[]
  /** Keys that nobody knows. */
  unknown: string[]
}

export const configValidate: Command = {
  name: 'config validate',
  usage: '[file] [--profile default]',
  summary: 'check a file, or every profile of the data folder; changes nothing',
  flags: { profile: { type: 'string' } },

  async run(args, { env, print }) {
    args.atMost(1)
    const reports = await reportsOn(args.words[0], args.text('profile'), optionsFrom(env).dataDir)
    const valid = reports.every(report => report.valid)
    if (args.is('json')) print(JSON.stringify({ valid, files: reports }, null, 2))
    else for (const report of reports) print(linesOf(report).join('\n'))
    return valid ? 0 : 1
  },
}

async function reportsOn(file: string | undefined, profile: string | undefined, dataDir: string) {
  if (file !== undefined) return [await checkFile(resolve(file), file)]
  const all = await documentFiles(dataDir)
  const wanted = profile === 'default' ? 'cmd_config.json' : `config/abconf_${profile}.json`
  const files = profile === undefined ? all : all.filter(({ name }) => name === wanted)
  if (files.length === 0) {
    const what = profile === undefined ? 'no configuration' : `no profile ${profile}`
    throw new CommandFailure(`There is ${what} in ${dataDir}. Name the folder with --data-dir, or the file itself.`)
  }
  return Promise.all(files.map(({ path, name }) => checkFile(path, name)))
}

/** Reads one file and holds it against the contract. */
export async function checkFile(path: string, name: string): Promise<FileReport> {
  const failed = (message: string) => ({ file: name, valid: false, problems: [{ path: '', message }], unknown: [] })
  try {
    const document = await readDocument(path)
    if (!document) return failed('there is no such file')
    const { problems, unknown } = checkDocument(document)
    return { file: name, valid: problems.length === 0, problems, unknown }
  } catch (error) {
    if (error instanceof ConfigFileError) return failed(error.message)
    throw error
  }
}

function linesOf({ file, valid, problems, unknown }: FileReport): string[] {
  return [
    `${file}: ${valid ? 'valid' : `${problems.length} problem(s)`}`,
    ...problems.map(({ path, message }) => `  problem  ${path === '' ? '' : `${path}: `}${message}`),
    ...unknown.map(path => `  warning  ${path}: unknown key, kept and without effect`),
  ]
}
