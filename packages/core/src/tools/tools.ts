import type { Preferences } from '../preferences/index.ts'
import { readArguments } from './arguments.ts'
import { readRules, setEnabled, setPermission, type ToolPermission } from './rules.ts'
import type { Tool, ToolCaller, ToolContext, ToolOutput } from './tool.ts'

/** What became of a call; problems are told to the model, which may do better. */
export type ToolOutcome = { output: ToolOutput } | { problem: string }

/** The tools of one turn. */
export interface Toolbox {
  readonly tools: readonly Tool[]
  /** Checks and carries out a call. Rejects with the signal's reason when that is aborted; any other failure is told. */
  call(name: string, args: string, context: Omit<ToolContext, keyof ToolCaller>): Promise<ToolOutcome>
}

/** Every tool there is, and who may use which. */
export class Tools {
  readonly #preferences: Preferences
  readonly #tools: Tool[] = []

  constructor(preferences: Preferences) {
    this.#preferences = preferences
  }

  /** Adds a tool. Of several with one name the latest counts. @returns takes it away again */
  add(tool: Tool): () => void {
    this.#tools.push(tool)
    return () => {
      const index = this.#tools.indexOf(tool)
      if (index !== -1) this.#tools.splice(index, 1)
    }
  }

  /** The tools in the order in which they came. */
  list(): Tool[] {
    return this.#tools.filter(tool => this.find(tool.name) === tool)
  }

  find(name: string): Tool | undefined {
    return this.#tools.findLast(tool => tool.name === name)
  }

  enable(name: string, enabled: boolean): Promise<void> {
    return setEnabled(this.#preferences, name, enabled)
  }

  permit(name: string, permission: ToolPermission): Promise<void> {
    return setPermission(this.#preferences, name, permission)
  }

  /**
   * The tools that a chat is offered.
   * @param chosen names that the persona allows; null for all. Built-in tools are offered in any case.
   */
  async offered(caller: ToolCaller, chosen: readonly string[] | null): Promise<Toolbox> {
    const { disabled } = await readRules(this.#preferences)
    const tools = this.list().filter(
      ({ name, origin, fits }) =>
        !disabled.has(name) &&
        (chosen === null || origin === 'builtin' || chosen.includes(name)) &&
        (fits === undefined || fits(caller.umo)),
    )
    return { tools, call: (name, args, context) => this.#call(tools, name, args, { ...caller, ...context }) }
  }

  /** The rules are read again: a tool that was taken from somebody in mid-turn is not theirs any more. */
  async #call(tools: readonly Tool[], name: string, args: string, context: ToolContext): Promise<ToolOutcome> {
    const tool = tools.find(offered => offered.name === name)
    const { disabled, permissions } = await readRules(this.#preferences)
    if (!tool || disabled.has(name) || this.find(name) !== tool) {
      const names = tools.filter(other => !disabled.has(other.name)).map(other => other.name)
      return { problem: `Tool ${name} not found. Available tools are: ${names.join(', ')}` }
    }
    if (permissions.get(name) === 'admin' && context.role !== 'admin') return { problem: refusal(name, context) }
    const read = readArguments(args, tool.parameters)
    if ('problem' in read) return { problem: `Invalid arguments for ${name}: ${read.problem}` }
    try {
      return { output: await tool.execute(read.args, context) }
    } catch (error) {
      context.signal.throwIfAborted()
      return { problem: error instanceof Error ? error.message : String(error) }
    }
  }
}

function refusal(name: string, { sender }: ToolCaller): string {
  const advice = 'Ask admin to configure in WebUI → Extension → Components.'
  return `Permission denied. The tool '${name}' requires admin privileges. Your ID: ${sender.id}. ${advice}`
}
