import { text } from 'node:stream/consumers'
import type { Environment } from '../options.ts'
import { Arguments, type Command, type Terminal, usageOf } from './command.ts'
import { configGet } from './config-get.ts'
import { configSet } from './config-set.ts'
import { configValidate } from './config-validate.ts'
import { doctor } from './doctor/doctor.ts'
import { CommandFailure } from './failure.ts'
import { providerAdd } from './provider-add.ts'
import { providerList } from './provider-list.ts'
import { providerTest } from './provider-test.ts'

const commands: readonly Command[] = [
  configGet,
  configSet,
  configValidate,
  providerList,
  providerAdd,
  providerTest,
  doctor,
]

/**
 * Carries out a command and answers its exit code: 0 all is well, 1 something is wrong, 2 the command was misused.
 * @param argv what follows `astrbot`
 */
export async function runCommand(argv: readonly string[], env: Environment): Promise<number> {
  const terminal: Terminal = {
    env,
    print: line => void process.stdout.write(`${line}\n`),
    readInput: () => text(process.stdin),
  }
  try {
    const command = commands.find(({ name }) => name === argv.slice(0, name.split(' ').length).join(' '))
    if (!command) return unknownCommand(argv, terminal)
    const args = Arguments.parse(command, argv.slice(command.name.split(' ').length))
    if (args.is('help')) {
      terminal.print(`${usageOf(command)}\n\n${command.summary}`)
      return 0
    }
    const dataDir = args.text('data-dir')
    return await command.run(args, dataDir === undefined ? terminal : withFolder(terminal, dataDir))
  } catch (error) {
    const failure = error instanceof CommandFailure ? error : undefined
    process.stderr.write(
      `${failure?.message ?? `astrbot: ${error instanceof Error ? error.message : String(error)}`}\n`,
    )
    return failure?.exitCode ?? 1
  }
}

/** One line for each command. */
export function commandList(): string {
  return commands.map(({ name, summary }) => `  astrbot ${name.padEnd(16)} ${summary}`).join('\n')
}

function withFolder(terminal: Terminal, dataDir: string): Terminal {
  return { ...terminal, env: { ...terminal.env, ASTRBOT_DATA_DIR: dataDir } }
}

function unknownCommand(argv: readonly string[], { print }: Terminal): number {
  const [word] = argv
  const group = commands.filter(({ name }) => name.startsWith(`${word} `))
  const asked = argv.includes('--help') || argv.includes('-h')
  if (group.length > 0 && (argv.length === 1 || asked)) {
    print(group.map(usageOf).join('\n'))
    return asked ? 0 : 2
  }
  throw new CommandFailure(`There is no command "${argv.join(' ')}". Commands:\n${commandList()}`, 2)
}
