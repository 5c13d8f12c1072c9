import type { ConfigSnapshot } from '../../config/index.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import type { Logger } from '../../log.ts'
import type { Preferences } from '../../preferences/index.ts'
import { type Fetch, proxyFor } from '../../providers/index.ts'
import { CozeRunner } from './coze.ts'
import { DashscopeRunner } from './dashscope.ts'
import { DeerflowRunner } from './deerflow.ts'
import { DifyRunner } from './dify.ts'
import type { AgentRunner } from './runner.ts'
import { type Env, RunnerSettings } from './settings.ts'

export interface RunnersOptions {
  preferences: Preferences
  env: Env
  log: Logger
  /** Gives the `fetch` that goes through a proxy. */
  transport: (proxy: string) => Fetch
}

/** The agents at other places that profiles name, and what is kept of their conversations. */
export class Runners {
  readonly #options: RunnersOptions

  constructor(options: RunnersOptions) {
    this.#options = options
  }

  /**
   * The remote agent of a profile; undefined where the built-in one answers.
   * @throws agent_runner_not_set_up
   */
  of(config: ConfigSnapshot): AgentRunner | undefined {
    const { runner_type: type, config: own } = config.agent_runner
    const { env, transport } = this.#options
    const make = makers[type]
    if (!make) return undefined
    const settings = new RunnerSettings(make.title, own, env)
    const base = make.address(settings, env)
    return make.make(settings, { fetch: transport(proxyFor(base, settings.text('proxy'), config, env)) }, env)
  }

  /** The conversation a runner had with a chat, and the chat's variables. */
  async memory(runner: AgentRunner, umo: string): Promise<{ conversation: string | undefined; variables: JsonObject }> {
    const { preferences } = this.#options
    const [conversation, variables] = await Promise.all([
      preferences.get(scopeOf(umo), runner.conversationKey),
      preferences.get(scopeOf(umo), 'session_variables'),
    ])
    return {
      conversation: typeof conversation === 'string' && conversation !== '' ? conversation : undefined,
      variables: isJsonObject(variables) ? variables : {},
    }
  }

  keepConversation(runner: AgentRunner, umo: string, id: string): Promise<void> {
    return this.#options.preferences.set(scopeOf(umo), runner.conversationKey, id)
  }

  /** Lets the next turn of a chat begin anew. False where no remote agent answers it. */
  async forget(config: ConfigSnapshot, umo: string): Promise<boolean> {
    const { preferences, log } = this.#options
    const made = this.#made(config)
    if (!made) return false
    const { conversation } = await this.memory(made, umo)
    await preferences.delete(scopeOf(umo), made.conversationKey)
    if (conversation !== undefined)
      await made.forget?.(conversation).catch((error: unknown) => {
        log.warn({ err: error, runner: made.title }, 'the remote conversation was not removed')
      })
    return true
  }

  /** The remote agent, or one that only names its key where it is not set up. */
  #made(config: ConfigSnapshot): AgentRunner | undefined {
    try {
      return this.of(config)
    } catch {
      const make = makers[config.agent_runner.runner_type]
      return make && { title: make.title, conversationKey: make.conversationKey, async *run() {} }
    }
  }
}

interface Maker {
  title: string
  conversationKey: string
  /** Where it is, which decides about the proxy. */
  address(settings: RunnerSettings, env: Env): string
  make(settings: RunnerSettings, parts: { fetch: Fetch }, env: Env): AgentRunner
}

const makers: Readonly<Record<string, Maker | undefined>> = {
  dify: {
    title: 'Dify',
    conversationKey: 'dify_conversation_id',
    address: settings => settings.text('dify_api_base'),
    make: (settings, parts) => new DifyRunner(settings, parts),
  },
  coze: {
    title: 'Coze',
    conversationKey: 'coze_conversation_id',
    address: settings => settings.text('coze_api_base'),
    make: (settings, parts) => new CozeRunner(settings, parts),
  },
  dashscope: {
    title: 'DashScope',
    conversationKey: 'dashscope_conversation_id',
    address: (_, env) => env.DASHSCOPE_BASE_URL || 'https://dashscope.aliyuncs.com',
    make: (settings, parts, env) => new DashscopeRunner(settings, parts, env.DASHSCOPE_BASE_URL),
  },
  deerflow: {
    title: 'DeerFlow',
    conversationKey: 'deerflow_thread_id',
    address: settings => settings.text('deerflow_api_base'),
    make: (settings, parts) => new DeerflowRunner(settings, parts),
  },
}

function scopeOf(umo: string): { scope: string; scopeId: string } {
  return { scope: 'umo', scopeId: umo }
}
