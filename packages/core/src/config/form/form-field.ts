import type { Schemas } from '@astrbot/contract'
import type { Language } from '../language.ts'
import { fieldText, optionTexts, type Vocabulary } from './form-text.ts'

/** A field in our data files: the contract's field, with marks where it has texts. */
export interface FieldFacts {
  readonly type?: string
  /** False for keys that are never shown. */
  readonly description?: boolean
  readonly hint?: boolean
  readonly labels?: boolean
  readonly subtitles?: boolean
  readonly name?: boolean
  readonly items?: Readonly<Record<string, FieldFacts>> | { readonly type: string }
  readonly template_schema?: Readonly<Record<string, FieldFacts>>
  readonly [attribute: string]: unknown
}

/** Texts by the keys that stand in a form. */
export type FormTexts = Record<string, string | string[]>

export type FormField = Schemas['ConfigFormField']

/** Writes the fields of one form, and collects their texts. */
export class FieldWriter {
  readonly texts: FormTexts = {}
  readonly language: Language
  readonly #vocabulary: Vocabulary
  readonly #runner: string | undefined

  /** @param runner whose settings the fields below `agent_runner.config` are */
  constructor(vocabulary: Vocabulary, language: Language, runner?: string) {
    this.#vocabulary = vocabulary
    this.language = language
    this.#runner = runner
  }

  /** @param key what the keys of its texts begin with; @param path its own place in the vocabulary */
  write(facts: FieldFacts, key: string, path: string): FormField {
    const { description = true, hint, labels, subtitles, name, items, template_schema: presets, ...rest } = facts
    const words = fieldText(this.#vocabulary, path, this.language, this.#runner)
    const options = optionTexts(path, this.language)
    const field = {
      ...structuredClone(rest),
      ...(description && { description: this.#text(`${key}.description`, words.label) }),
      ...(hint && { hint: this.#text(`${key}.hint`, words.hint) }),
      ...(labels && { labels: this.#text(`${key}.labels`, options.labels ?? []) }),
      ...(subtitles && { subtitles: this.#text(`${key}.subtitles`, options.subtitles ?? []) }),
      ...(name && { name: this.#text(`${key}.name`, words.label) }),
      ...(items && { items: isElement(items) ? { ...items } : this.fields(items, key, path) }),
      ...(presets && { template_schema: this.fields(presets, `${key}.template_schema`, path) }),
    }
    // Made of our own data files, which a test holds against the contract.
    return field as FormField
  }

  fields(all: Readonly<Record<string, FieldFacts>>, key: string, path: string): Record<string, FormField> {
    const below = path === '' ? '' : `${path}.`
    const entries = Object.entries(all)
    return Object.fromEntries(entries.map(([name, facts]) => [name, this.write(facts, `${key}.${name}`, below + name)]))
  }

  #text(key: string, text: string | string[]): string {
    this.texts[key] = text
    return key
  }
}

function isElement(items: NonNullable<FieldFacts['items']>): items is { readonly type: string } {
  return typeof items.type === 'string'
}
