import { type JsonObject, parsePath, readSetting, redact, similarSettings } from '@astrbot/core'
import type { Command } from './command.ts'
import { connect } from './connection.ts'
import { readProfile } from './documents.ts'
import { CommandFailure } from './failure.ts'

export const configGet: Command = {
  name: 'config get',
  usage: '[path] [--profile default] [--secrets]',
  summary: 'print a setting, or the whole document; secrets are masked',
  flags: { profile: { type: 'string' }, secrets: { type: 'boolean' } },

  async run(args, { env, print }) {
    args.atMost(1)
    const text = args.words[0]
    const path = text === undefined ? [] : readPath(text)
    await using connection = await connect(env)
    const { config } = await readProfile(connection, args.text('profile') ?? 'default')
    const found = readSetting(args.is('secrets') ? config : masked(config), path)
    if (found === undefined && readSetting(config, path) !== undefined)
      throw new CommandFailure(`${text} is a secret; --secrets shows it`)
    if (found === undefined) throw unknownSetting(text ?? '')
    print(args.is('json') || typeof found !== 'string' ? JSON.stringify(found, null, 2) : found)
    return 0
  },
}

/** @throws CommandFailure */
export function readPath(text: string): ReturnType<typeof parsePath> {
  try {
    return parsePath(text)
  } catch (error) {
    throw new CommandFailure(error instanceof Error ? error.message : String(error), 2)
  }
}

export function unknownSetting(text: string): CommandFailure {
  const similar = similarSettings(text)
  const hint = similar.length > 0 ? ` Did you mean ${similar.join(', ')}?` : ''
  return new CommandFailure(`There is no setting ${text}.${hint}`)
}

function masked(config: JsonObject): JsonObject {
  const pepper = readSetting(config, ['dashboard', 'jwt_secret'])
  return redact(config, typeof pepper === 'string' ? pepper : '')
}
