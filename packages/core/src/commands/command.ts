import type { Visit } from '../pipeline/index.ts'

/**
 * Who may use a command. `group_admin`: in groups administrators, in private everybody. `shared_group_admin`: the same,
 * but only in groups whose members share one conversation.
 */
export type Permission = 'everyone' | 'admin' | 'group_admin' | 'shared_group_admin'

/** What a command has to hold on to while it runs. */
export interface OtherTurns {
  /** Tells every other turn of the chat to stop, and answers how many there were. */
  stop(): number
  /** Does `work` when no turn of the chat is being answered, and before the next one is. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

/** A command as somebody typed it. */
export interface CommandCall {
  visit: Visit
  /** What follows the name, by words. */
  words: readonly string[]
  /** The platform of what the model remembers. */
  platformId: string
  /** The name of the chat, when it has one. */
  chatName: string | null
  turns: OtherTurns
}

/** Something that people can type behind a wake prefix. */
export interface Command {
  name: string
  /** What people read in the list of commands. */
  description: string
  /** What follows the name, as people read it, such as `<key> <value>`. */
  usage?: string
  permission: Permission
  /** Does it, and answers what to tell, message by message. */
  run(call: CommandCall): Promise<string | readonly string[]>
}

/** Where the built-in commands belong. */
export const builtInPlugin = 'builtin_commands'
