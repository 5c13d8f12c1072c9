import { type Json, readSetting, ruleOf, type SettingPath, valueFromText, withSetting } from '@astrbot/core'
import type { Command } from './command.ts'
import { readPath, unknownSetting } from './config-get.ts'
import { type Connection, connect, Refusal } from './connection.ts'
import { readProfile } from './documents.ts'
import { CommandFailure } from './failure.ts'

const mostTries = 5

/** Lists of the default profile that have commands of their own, and what nobody should touch. */
const elsewhere: Readonly<Record<string, string>> = {
  provider: 'Providers are changed with `astrbot provider`, or the operations of the tag Providers.',
  provider_sources: 'Provider sources are changed with `astrbot provider`, or the operations of their tag.',
  platform: 'Bots are changed with the operations of the tag Bots.',
}

export const configSet: Command = {
  name: 'config set',
  usage: '<path> <value, or - to read it> [--profile default] [--dry-run] [--code <second factor>]',
  summary: 'change a setting; text as it is, everything else as JSON',
  flags: { profile: { type: 'string' }, 'dry-run': { type: 'boolean' }, code: { type: 'string' } },

  async run(args, { env, print, readInput }) {
    const text = args.word(0, 'the path')
    const given = args.word(1, 'the value')
    args.atMost(2)
    const path = readPath(text)
    const [top] = path
    if (typeof top !== 'string') throw unknownSetting(text)
    const profile = args.text('profile') ?? 'default'
    if (profile === 'default' && Object.hasOwn(elsewhere, top)) throw new CommandFailure(elsewhere[top] ?? '')
    const value = given === '-' ? (await readInput()).replace(/\r?\n$/, '') : given
    const dryRun = args.is('dry-run')
    const code = args.text('code')
    await using connection = await connect(env, { create: true })
    const saved = await change(connection, { profile, path, text, value, dryRun, code })
    if (args.is('json')) print(JSON.stringify(saved, null, 2))
    else {
      const verb = dryRun ? 'would change' : 'changed'
      print(saved.changed.length === 0 ? 'nothing changed' : `${verb}: ${saved.changed.join(', ')}`)
      for (const warning of saved.warnings) print(`note: ${warning}`)
    }
    return 0
  },
}

interface Change {
  profile: string
  path: SettingPath
  text: string
  value: string
  dryRun: boolean
  /** Stands before changes to the second factor itself. */
  code: string | undefined
}

interface Saved {
  revision: string
  changed: string[]
  warnings: string[]
}

/** Saves the change on top of the document as it is; when somebody was faster, on top of theirs. */
async function change(connection: Connection, { profile, path, text, value, dryRun, code }: Change): Promise<Saved> {
  const [top = '', ...rest] = path
  for (let tries = 1; ; tries++) {
    const { config, revision } = await readProfile(connection, profile)
    const rule = ruleOf(config, path)
    if (rule === undefined && readSetting(config, path) === undefined) throw unknownSetting(text)
    const next = valueFromText(rule, value)
    const body: Record<string, Json> = {
      agent_runner: config['agent_runner'] ?? {},
      [top]: text === 'agent_runner.runner_type' ? { runner_type: next } : withSetting(config[top], rest, next),
    }
    const address = `/config-profiles/${encodeURIComponent(profile)}`
    const headers = { 'If-Match': `"${revision}"`, ...(code !== undefined && { 'X-2FA-Code': code }) }
    try {
      return (await connection.call('PUT', address, { body, headers, query: { dry_run: dryRun } })) as Saved
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 412 && tries < mostTries)) throw error
    }
  }
}
