import type { Schemas } from '@astrbot/contract'
import { runnerDefaults, runnerTypes } from '../agent-runner.ts'
import type { Language } from '../language.ts'
import aiGroup from './ai-group.json' with { type: 'json' }
import { type FieldFacts, FieldWriter, type FormField, type FormTexts } from './form-field.ts'
import { groupText } from './form-text.ts'
import otherGroups from './other-groups.json' with { type: 'json' }
import systemGroup from './system-group.json' with { type: 'json' }

interface SectionFacts {
  readonly hint?: boolean
  readonly condition?: object
  readonly items: Readonly<Record<string, FieldFacts>>
}

type GroupFacts = Readonly<Record<string, Readonly<Record<string, SectionFacts>>>>

/** A form to edit a document with. */
export interface ConfigForm {
  metadata: Schemas['ConfigFormGroups']
  /** In the language that was asked for, by the keys that stand in `metadata`. */
  texts: FormTexts
}

/** The form of a profile: what messages are handled by. */
export function profileForm(language: Language): ConfigForm {
  return groupsForm({ ...aiGroup, ...otherGroups } as GroupFacts, language)
}

/** The form of the server's own settings. */
export function systemForm(language: Language): ConfigForm {
  return groupsForm(systemGroup as GroupFacts, language)
}

function groupsForm(groups: GroupFacts, language: Language): ConfigForm {
  const form: ConfigForm = { metadata: {}, texts: {} }
  for (const [group, sections] of Object.entries(groups)) {
    const metadata: Record<string, FormField> = {}
    for (const [section, facts] of Object.entries(sections)) {
      const writer = new FieldWriter('document', language, runnerOf(section))
      metadata[section] = writeSection(writer, `${group}.${section}`, facts)
      Object.assign(form.texts, writer.texts)
    }
    form.texts[`${group}.name`] = groupText(group, language).label
    form.metadata[group] = { name: `${group}.name`, metadata }
  }
  return form
}

/** `dify_runner` holds the settings of Dify; most sections are of no runner in particular. */
function runnerOf(section: string): string | undefined {
  return runnerTypes.find(type => section === `${type}_runner`)
}

function writeSection(writer: FieldWriter, key: string, { hint, condition, items }: SectionFacts): FormField {
  const words = groupText(key, writer.language)
  writer.texts[`${key}.description`] = words.label
  if (hint) writer.texts[`${key}.hint`] = words.hint ?? ''
  const fields = writer.fields(items, key, '')
  const { 'agent_runner.runner_type': runner } = fields
  if (runner) runner.runner_defaults = Object.fromEntries(runnerTypes.map(type => [type, runnerDefaults(type)]))
  return {
    type: 'object',
    ...(condition && { condition: { ...condition } }),
    items: fields,
    description: `${key}.description`,
    ...(hint && { hint: `${key}.hint` }),
  }
}
