import { type Document, type Json, refName, type Schema } from './document.ts'

/** What is left of a schema: enough to check and cast a value, and to explain a key. */
type Rule = { [word: string]: Json }

const kept = ['type', 'enum', 'const', 'minimum', 'maximum', 'pattern', 'default', 'description', 'deprecated'] as const

/**
 * `config-schema.ts`: the schemas that `ConfigDocument` is made of, as data. The bot checks and casts documents by them
 * wherever they come from: over HTTP, from a file, from the command line.
 */
export function emitConfigSchema(document: Document): string {
  const { schemas } = document.components
  const rules: Record<string, Rule> = {}

  const reduce = (schema: Schema): Rule => {
    if (schema.$ref !== undefined) return { ref: include(refName(schema.$ref)) }
    const rule: Rule = {}
    for (const word of kept) {
      const value = (schema as Record<string, Json | undefined>)[word]
      if (value !== undefined) rule[word] = value
    }
    if (schema.properties) {
      rule['properties'] = Object.fromEntries(
        Object.entries(schema.properties).map(([key, property]) => [key, reduce(property)]),
      )
    }
    if (schema.required) rule['required'] = schema.required
    if (schema.items) rule['items'] = reduce(schema.items)
    const extra = schema.additionalProperties
    if (typeof extra === 'object') rule['extra'] = reduce(extra)
    else if (extra === true || schema['x-astrbot-open'] !== undefined) rule['extra'] = true
    if (schema.discriminator) {
      const { propertyName, mapping = {} } = schema.discriminator
      rule['by'] = propertyName
      rule['variants'] = Object.fromEntries(Object.entries(mapping).map(([word, ref]) => [word, include(refName(ref))]))
    }
    return rule
  }

  const include = (name: string): string => {
    if (!(name in rules)) {
      rules[name] = {}
      rules[name] = reduce(schemas[name] ?? {})
    }
    return name
  }

  include('ConfigDocument')
  const lines = Object.entries(rules).map(([name, rule]) => `  ${name}: ${JSON.stringify(rule)},`)
  return `import type { ConfigRule } from '../config-rule.ts'

/** The schemas behind \`ConfigDocument\`, by name. */
export const configRules: Readonly<Record<string, ConfigRule>> = {
${lines.join('\n')}
}
`
}
