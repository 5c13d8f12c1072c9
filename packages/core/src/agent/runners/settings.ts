import { AstrBotError } from '../../errors.ts'
import { isJsonObject, type JsonObject, type ReadonlyJsonObject } from '../../json.ts'
import { resolveKeys } from '../../providers/index.ts'

/** Environment variables, which keys of the configuration may name. */
export type Env = Readonly<Record<string, string | undefined>>

/** Reads the settings of a runner, which are complete but may be empty. */
export class RunnerSettings {
  readonly #config: ReadonlyJsonObject
  readonly #env: Env
  readonly #title: string

  constructor(title: string, config: ReadonlyJsonObject, env: Env) {
    this.#title = title
    this.#config = config
    this.#env = env
  }

  text(key: string): string {
    const value = this.#config[key]
    return typeof value === 'string' ? value.trim() : ''
  }

  /** @throws agent_runner_not_set_up when it is empty */
  required(key: string): string {
    const value = this.text(key)
    if (value === '') throw new AstrBotError('agent_runner_not_set_up', { runner: this.#title, key })
    return value
  }

  /** A key, or the one that the named environment variable holds. */
  secret(key: string): string {
    return resolveKeys(this.text(key), this.#env)[0] ?? ''
  }

  /** @throws agent_runner_not_set_up when there is none */
  requiredSecret(key: string): string {
    const value = this.secret(key)
    if (value === '') throw new AstrBotError('agent_runner_not_set_up', { runner: this.#title, key })
    return value
  }

  is(key: string): boolean {
    return this.#config[key] === true
  }

  number(key: string, fallback: number): number {
    const value = this.#config[key]
    return typeof value === 'number' && Number.isFinite(value) ? value : fallback
  }

  object(key: string): JsonObject {
    const value = this.#config[key]
    return isJsonObject(value) ? (structuredClone(value) as JsonObject) : {}
  }

  get timeoutMs(): number {
    return Math.max(1, this.number('timeout', 60)) * 1000
  }
}
