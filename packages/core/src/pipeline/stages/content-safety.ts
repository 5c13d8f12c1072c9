import type { ConfigSnapshot } from '../../config/index.ts'
import { withinTime } from '../../guards/within-time.ts'
import type { Logger } from '../../log.ts'
import { halt, onward, type Stage, texts } from '../visit.ts'

/** What people read in place of a message or an answer that must not be. */
export const blockedText = 'Your message or the model response contains inappropriate content and has been blocked.'

/** Milliseconds that all keywords together may search a text. */
const patienceMs = 250

/** Asks a censor outside; true when the text may pass. */
export type RemoteCensor = (config: ConfigSnapshot, text: string, signal: AbortSignal) => Promise<boolean>

/** Whether a text may pass. */
export type Censor = (config: ConfigSnapshot, text: string, signal: AbortSignal) => Promise<boolean>

/** Judges texts by the keywords of a profile and, where it has one, by a service. */
export function createCensor(log: Logger, remote: RemoteCensor): Censor {
  // A profile keeps its list of keywords until it is saved again.
  const compiled = new WeakMap<object, RegExp[]>()
  const keywords = (list: ConfigSnapshot['content_safety']['internal_keywords']['extra_keywords']) => {
    const known = compiled.get(list) ?? texts(list).flatMap(word => (word.trim() === '' ? [] : [pattern(word, log)]))
    compiled.set(list, known)
    return known
  }
  return async (config, text, signal) => {
    const { internal_keywords, baidu_aip } = config.content_safety
    if (text.trim() === '') return true
    if (internal_keywords.enable && holds(text, keywords(internal_keywords.extra_keywords))) return false
    return !baidu_aip.enable || remote(config, text, signal)
  }

  /** A text that cannot be judged in time does not pass: whoever writes it may have meant just that. */
  function holds(text: string, words: readonly RegExp[]): boolean {
    if (words.length === 0) return false
    const found = withinTime(patienceMs, () => words.some(word => word.test(text)))
    if (!found) log.warn({}, 'the blocked keywords took too long over a text, which is blocked: simplify the patterns')
    return found?.value ?? true
  }
}

/** Blocks messages that say or quote what must not be. */
export function contentSafety(censor: Censor): Stage {
  return async ({ config, text, quoted, signal, addressed }) =>
    (await censor(config, `${text}\n${quoted}`, signal))
      ? onward
      : halt('its content is blocked', addressed ? blockedText : undefined)
}

/** A keyword is a pattern; one that is not stands for itself. */
function pattern(word: string, log: Logger): RegExp {
  try {
    return new RegExp(word, 'u')
  } catch {
    log.warn({ keyword: word }, 'a blocked keyword is not a pattern and is taken as plain text')
    return new RegExp(word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), 'u')
  }
}
