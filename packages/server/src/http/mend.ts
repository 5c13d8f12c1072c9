import { textBoolean, textNumber } from '@astrbot/contract/text-values'
import type * as z from 'zod'

/** Each one costs a copy of what lies around it. A request with more is not mistaken in its notation. */
const mostPlaces = 20

/**
 * What clients write in place of the right type, as AstrBot takes it: numbers, yes and no as texts, yes and no as 1
 * and 0, and a query parameter twice, of which the last counts.
 * @param issues what the contract says of the value
 * @returns a copy with the right types, or undefined when nothing can be mended
 */
export function mend(part: string, value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  if (issues.length > mostPlaces) return undefined
  let mended: unknown
  for (const issue of issues) {
    if (issue.code !== 'invalid_type' && issue.code !== 'invalid_value') continue
    const found = at(value, issue.path)
    const expected = issue.code === 'invalid_type' ? issue.expected : ''
    const better = part === 'query' && Array.isArray(found) ? found.at(-1) : converted(found, expected)
    if (better !== undefined) mended = withValue(mended ?? value, issue.path, better)
  }
  return mended
}

function converted(value: unknown, expected: string): unknown {
  if (expected === 'boolean' && (value === 0 || value === 1)) return value === 1
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (expected === 'boolean') return textBoolean.safeParse(text).data
  return expected === 'number' ? textNumber.safeParse(text).data : undefined
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (isHolder(inner) ? inner[key] : undefined), value)
}

function withValue(value: unknown, [key, ...rest]: readonly PropertyKey[], better: unknown): unknown {
  if (key === undefined || !isHolder(value)) return better
  const inner = withValue(value[key], rest, better)
  return Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner }
}

function isHolder(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null
}
