import type { ChatEvent } from '../chat/types.ts'
import { systemClock } from '../clock.ts'
import type { Recalled } from '../conversations/index.ts'
import type { JsonObject } from '../json.ts'
import { silentLog } from '../log.ts'
import { createPreferences, type Preferences } from '../preferences/index.ts'
import type { ChatModel, LlmMessage, ModelEvent, ModelRequest } from '../providers/model.ts'
import { openStore, type Store } from '../store/index.ts'
import { type Tool, type ToolCaller, Tools } from '../tools/index.ts'
import { TurnContext } from './context.ts'
import { FollowUps } from './follow-ups.ts'
import { type AgentTurn, runAgentTurn, type TurnOutcome } from './turn.ts'

type Script = (request: ModelRequest) => AsyncIterable<ModelEvent>

/** A model whose every answer a test writes itself; the last one stays. */
export class WrittenModel implements ChatModel {
  readonly providerId: string
  readonly model = 'written'
  contextTokens = 100_000
  modalities: readonly string[] = []
  readonly seen: ModelRequest[] = []
  readonly #scripts: Script[]

  constructor(scripts: Script[], providerId = 'written') {
    this.#scripts = scripts
    this.providerId = providerId
  }

  run(request: ModelRequest): AsyncIterable<ModelEvent> {
    this.seen.push({ ...request, messages: structuredClone(request.messages) })
    const script = this.#scripts.length > 1 ? this.#scripts.shift() : this.#scripts[0]
    if (!script) throw new Error('the script is empty')
    return script(request)
  }
}

export const usage = { inputOther: 10, inputCached: 1, output: 2 }

export function says(...words: string[]): Script {
  return async function* () {
    for (const text of words) yield { type: 'text', text }
    yield { type: 'finish', reason: 'stop', usage }
  }
}

/** Calls tools, each given as its name and its arguments, after some words. */
export function calls(list: readonly (readonly [name: string, args: string | object])[], words = ''): Script {
  return async function* () {
    if (words !== '') yield { type: 'text', text: words }
    for (const [i, [name, args]] of list.entries()) {
      yield { type: 'tool_call', id: `c${i}`, name, args: typeof args === 'string' ? args : JSON.stringify(args) }
    }
    yield { type: 'finish', reason: 'tool_calls', usage }
  }
}

export function fails(error: unknown, ...words: string[]): Script {
  return async function* () {
    for (const text of words) yield { type: 'text', text }
    throw error
  }
}

const anything: JsonObject = { type: 'object', additionalProperties: true }

export function tool(name: string, execute: Tool['execute'], more: Partial<Tool> = {}): Tool {
  return { name, description: `does ${name}`, parameters: anything, origin: 'plugin', ...more, execute }
}

export const member: ToolCaller = { umo: 'u', sender: { id: 'alice', name: 'Alice' }, role: 'member' }

export interface Played extends TurnOutcome {
  events: ChatEvent[]
  /** Chain types and texts of everything that was said, frames of tools as `call`, `result`. */
  said: string[]
  waits: number[]
}

export interface PlayOptions extends Partial<Omit<AgentTurn, 'models' | 'settings' | 'context'>> {
  models?: ChatModel[]
  tools?: readonly Tool[]
  chosen?: readonly string[] | null
  caller?: ToolCaller
  recalled?: Recalled
  counted?: number
  opening?: LlmMessage[]
  settings?: Partial<Omit<AgentTurn['settings'], 'compression'>>
  compression?: Partial<AgentTurn['settings']['compression']>
}

/** What turns of a test are played on. */
export class Stage implements AsyncDisposable {
  readonly preferences: Preferences
  readonly tools: Tools
  readonly followUps = new FollowUps()
  readonly #store: Store

  private constructor(store: Store) {
    this.#store = store
    this.preferences = createPreferences(store, systemClock)
    this.tools = new Tools(this.preferences)
  }

  static async open(): Promise<Stage> {
    return new Stage(await openStore({ file: ':memory:' }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close()
  }

  /** Plays a turn that asks `hello`. */
  async play(model: WrittenModel, options: PlayOptions = {}): Promise<Played> {
    const events: ChatEvent[] = []
    const waits: number[] = []
    for (const added of options.tools ?? []) this.tools.add(added)
    const { signal = new AbortController().signal, recalled = { turns: [], summary: undefined } } = options
    const { settings = {}, compression = {}, caller = member, chosen = null, counted = 0, opening = [] } = options
    const question: LlmMessage = { role: 'user', content: 'hello' }
    const outcome = await runAgentTurn({
      models: [model, ...(options.models ?? [])],
      context: new TurnContext(opening, recalled, question, counted),
      toolbox: await this.tools.offered(caller, chosen),
      settings: {
        maxSteps: 10,
        toolTimeoutMs: 5000,
        retries: 2,
        toolSchemaMode: 'full',
        bufferTexts: false,
        ...settings,
        compression: {
          maxTurns: -1,
          trimTurns: 1,
          overflow: 'truncate_by_turns',
          instruction: '',
          keepRecentRatio: 0.15,
          ...compression,
        },
      },
      summariser: options.summariser,
      intake: options.intake ?? this.followUps.open('u', 'alice', 'run', signal),
      keep: options.keep ?? {
        picture: async ({ name }) => ({ url: `attachment:${name}`, path: `${name}.png` }),
        text: async () => undefined,
      },
      streaming: options.streaming ?? true,
      signal,
      runId: 'run',
      clock: systemClock,
      log: silentLog,
      publish: event => events.push(event),
      sleep: async ms => void waits.push(ms),
    })
    return { ...outcome, events, said: events.flatMap(spoken), waits }
  }
}

function spoken(event: ChatEvent): string[] {
  if (event.type === 'complete') return [`complete: ${event.data}`]
  if (event.type !== 'plain') return []
  const { chain_type: kind, data } = event
  if (kind === 'tool_call') return [`call ${JSON.parse(data).name}`]
  if (kind === 'tool_call_result') return [`result ${JSON.parse(data).id}: ${JSON.parse(data).result}`]
  return [kind === null ? data : `${kind}: ${data}`]
}

/** The messages of a request, in short. */
export function brief(messages: readonly LlmMessage[] | undefined): string[] {
  return (messages ?? []).map(message => {
    const { role, content } = message
    const text = typeof content === 'string' ? content : content === null ? '' : JSON.stringify(content)
    const called = role === 'assistant' ? (message.tool_calls ?? []).map(call => call.function.name).join('+') : ''
    return `${role}: ${text}${called && `[${called}]`}`
  })
}
