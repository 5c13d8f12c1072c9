import type { Language } from '../language.ts'
import { documentRule, ruleAt } from '../rules.ts'
import ai from './texts/ai.json' with { type: 'json' }
import bots from './texts/bots.json' with { type: 'json' }
import groups from './texts/groups.json' with { type: 'json' }
import labels from './texts/labels.json' with { type: 'json' }
import others from './texts/others.json' with { type: 'json' }
import providers from './texts/providers.json' with { type: 'json' }
import subtitles from './texts/subtitles.json' with { type: 'json' }

/** Label in English and Chinese, then help in Chinese and, where no rule of the contract explains the key, in English. */
type Words = Readonly<Record<string, readonly string[]>>
type Lists = Readonly<Record<string, readonly (readonly string[])[]>>

/** Where the keys of a form are explained: those of the document, of bots, of providers. */
export type Vocabulary = 'document' | 'bots' | 'providers'

const vocabularies: Readonly<Record<Vocabulary, Words>> = { document: { ...ai, ...others }, bots, providers }

/** The label and the help of a group or of a section, such as `ai_group` or `ai_group.persona`. */
export function groupText(key: string, language: Language): { label: string; hint?: string } {
  const words: readonly string[] = (groups satisfies Words as Words)[key] ?? []
  const [english = key, chinese = english, hintEnglish, hintChinese] = words
  const hint = language === 'zh' ? hintChinese : hintEnglish
  return { label: language === 'zh' ? chinese : english, ...(hint !== undefined && { hint }) }
}

/**
 * The label and the help of a field.
 * @param runner for keys of `agent_runner.config`, whose meaning depends on the runner
 */
export function fieldText(
  vocabulary: Vocabulary,
  path: string,
  language: Language,
  runner?: string,
): { label: string; hint: string } {
  const [english = path, chinese = english, hintChinese, hintEnglish] = vocabularies[vocabulary][path] ?? []
  if (language === 'zh') return { label: chinese, hint: hintChinese ?? '' }
  const explained = vocabulary === 'document' ? ruleAt(documentRule, path, runner)?.description : undefined
  return { label: english, hint: hintEnglish ?? explained ?? '' }
}

/** The names of the options of a field, and a further line for each; undefined where the values say enough. */
export function optionTexts(path: string, language: Language): { labels?: string[]; subtitles?: string[] } {
  const pick = (lists: Lists): string[] | undefined => lists[path]?.[language === 'zh' ? 1 : 0]?.slice()
  const names = pick(labels)
  const lines = pick(subtitles)
  return { ...(names && { labels: names }), ...(lines && { subtitles: lines }) }
}
