/** One schema of the configuration document, reduced to what checking and casting a value needs. */
export interface ConfigRule {
  /** Another rule, by name; nothing else stands beside it. */
  readonly ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, ConfigRule>>
  readonly required?: readonly string[]
  readonly items?: ConfigRule
  /** Keys without a property: `true` takes them as they are, a rule checks them, absent means there should be none. */
  readonly extra?: true | ConfigRule
  /** The key whose value chooses among `variants` (names of rules). */
  readonly by?: string
  readonly variants?: Readonly<Record<string, string>>
  readonly default?: unknown
  readonly description?: string
  readonly deprecated?: boolean
}
