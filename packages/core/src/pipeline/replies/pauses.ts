import type { SegmentSettings } from './segments.ts'

const usualInterval = [1.5, 3.5] as const

/**
 * Milliseconds before a segment is said, as somebody who types would take.
 * @param text of the segment; undefined for what is not text
 * @param random from 0 to 1
 */
export function pauseBefore(text: string | undefined, settings: SegmentSettings, random: () => number): number {
  const [from, to] =
    settings.interval_method === 'log' ? byLength(text, settings.log_base) : interval(settings.interval)
  return (from + (to - from) * random()) * 1000
}

function interval(text: string): readonly [number, number] {
  const [from = Number.NaN, to = Number.NaN] = text.split(/[,，]/).map(part => Number.parseFloat(part))
  return from >= 0 && to >= from ? [from, to] : usualInterval
}

function byLength(text: string | undefined, base: number): readonly [number, number] {
  if (text === undefined) return [1, 1.75]
  const seconds = Math.log(wordsIn(text) + 1) / Math.log(base > 1 ? base : 2.6)
  return [seconds, seconds + 0.5]
}

/** Words of an ASCII text, characters of any other. */
function wordsIn(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
  if (/^[\x00-\x7f]*$/.test(text)) return text.split(/\s+/).filter(word => word !== '').length
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0
}
