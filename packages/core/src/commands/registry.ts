import type { Command } from './command.ts'

/** A command that was found at the beginning of a text. */
export interface FoundCommand {
  command: Command
  words: readonly string[]
}

/** The commands there are, by name. */
export class CommandRegistry {
  readonly #commands = new Map<string, Command>()

  /** @throws when there is one of that name already */
  add(...commands: readonly Command[]): void {
    for (const command of commands) {
      if (this.#commands.has(command.name)) throw new Error(`there are two commands named ${command.name}`)
      this.#commands.set(command.name, command)
    }
  }

  list(): readonly Command[] {
    return [...this.#commands.values()]
  }

  /** The command whose name a text is or begins with, as a word of its own. */
  find(text: string): FoundCommand | undefined {
    const [name = '', ...words] = text.trim().split(/\s+/)
    const command = this.#commands.get(name)
    return command && { command, words }
  }
}
