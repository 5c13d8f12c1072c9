import type { ConfigSnapshot } from '../../config/index.ts'
import { withinTime } from '../../guards/within-time.ts'
import { texts } from '../visit.ts'

export type SegmentSettings = ConfigSnapshot['platform_settings']['segmented_reply']

const usualPattern = '.*?[。？！~…]+|.+$'

/** Milliseconds that the patterns of a profile may work on a text. */
const patienceMs = 250

/**
 * Cuts a text into what is said one after the other. A text over the threshold stays whole, as does one that the patterns
 * are not done with in time; nothing blank is said.
 */
export function segmentsOf(text: string, settings: SegmentSettings): string[] {
  if ([...text].length > settings.words_count_threshold) return [text]
  return withinTime(patienceMs, () => cut(text, settings))?.value ?? [text]
}

function cut(text: string, settings: SegmentSettings): string[] {
  const pieces =
    settings.split_mode === 'words' ? splitAt(text, texts(settings.split_words)) : matches(text, settings.regex)
  const rule = settings.content_cleanup_rule
  const unwanted = rule === '' ? undefined : compile(rule)
  return pieces.map(piece => (unwanted ? piece.replace(unwanted, '') : piece).trim()).filter(piece => piece !== '')
}

/** At the delimiters, which are dropped. */
function splitAt(text: string, delimiters: readonly string[]): string[] {
  let pieces = [text]
  for (const delimiter of delimiters) if (delimiter !== '') pieces = pieces.flatMap(piece => piece.split(delimiter))
  return pieces
}

function matches(text: string, pattern: string): string[] {
  const regex = compile(pattern) ?? new RegExp(usualPattern, 'gsmu')
  return [...text.matchAll(regex)].map(([match]) => match)
}

function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'gsmu')
  } catch {
    return undefined
  }
}
