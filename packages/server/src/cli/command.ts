import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Environment } from '../options.ts'
import { type CommandFailure, misused } from './failure.ts'

/** What every command gets from outside. */
export interface Terminal {
  env: Environment
  /** Writes lines to standard output. */
  print(text: string): void
  /** Reads standard input to its end, for secrets that should not stand on a command line. */
  readInput(): Promise<string>
}

export type Flags = NonNullable<ParseArgsConfig['options']>

/** One command, such as `astrbot config get`. */
export interface Command {
  /** Two words at most: `config get`. */
  name: string
  /** What follows the name. */
  usage: string
  summary: string
  flags: Flags
  /** Answers the exit code. */
  run(args: Arguments, terminal: Terminal): Promise<number>
}

export const commonFlags: Flags = {
  'data-dir': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
}

/** What stands behind the name of a command, checked against its flags. */
export class Arguments {
  readonly words: readonly string[]
  readonly #values: Readonly<Record<string, unknown>>
  readonly #usage: string

  constructor(words: readonly string[], values: Readonly<Record<string, unknown>>, usage: string) {
    this.words = words
    this.#values = values
    this.#usage = usage
  }

  static parse(command: Command, argv: readonly string[]): Arguments {
    const usage = usageOf(command)
    try {
      const options = { ...commonFlags, ...command.flags }
      const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
      return new Arguments(positionals, values, usage)
    } catch (error) {
      throw misused(error instanceof Error ? error.message : String(error), usage)
    }
  }

  text(flag: string): string | undefined {
    const value = this.#values[flag]
    return typeof value === 'string' ? value : undefined
  }

  texts(flag: string): string[] {
    const value = this.#values[flag]
    return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
  }

  is(flag: string): boolean {
    return this.#values[flag] === true
  }

  /** The word at a place; without one the command was misused. */
  word(i: number, what: string): string {
    const word = this.words[i]
    if (word === undefined) throw misused(`${what} is missing`, this.#usage)
    return word
  }

  /** Refuses words beyond the first `most`. */
  atMost(most: number): void {
    const extra = this.words[most]
    if (extra !== undefined) throw misused(`"${extra}" is one word too many; put quotes around values`, this.#usage)
  }

  refuse(message: string): CommandFailure {
    return misused(message, this.#usage)
  }
}

export function usageOf({ name, usage }: Command): string {
  return `astrbot ${name} ${usage} [--data-dir ./data] [--json]`
}
