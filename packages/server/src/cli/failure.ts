/** A command that cannot go on: what is told to the person at the keyboard, and the exit code. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** The command was not written as its usage says. */
export function misused(message: string, usage: string): CommandFailure {
  return new CommandFailure(`${message}\n\nUsage: ${usage}`, 2)
}
