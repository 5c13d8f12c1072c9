import { AstrBotError } from '@astrbot/core'
import type * as z from 'zod'

/** One place of a request that breaks the contract. */
export interface Issue {
  path: string
  message: string
}

const mostIssues = 20

/**
 * Checks one part of a request (`body`, `query`, `path`, `header`) and answers the checked value.
 * @throws validation_failed with every offending place
 */
export function validate(part: string, schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value)
  if (!result.success) fail(result.error.issues.slice(0, mostIssues).map(issue => describe(part, issue)))
  return result.data
}

/** Refuses text that no store keeps as it is: NUL and halves of surrogate pairs. */
export function refuseBrokenText(part: string, value: unknown): void {
  const at = findBrokenText(value, part)
  if (at !== undefined) fail([{ path: at, message: 'text must not hold NUL or unpaired surrogates' }])
}

function fail(issues: Issue[]): never {
  const first = issues[0]
  throw new AstrBotError('validation_failed', { detail: first ? `${first.path}: ${first.message}` : '' }, { issues })
}

function describe(part: string, issue: z.core.$ZodIssue): Issue {
  // A union hides its reasons. The option whose fixed values fit is the one meant; of that, what lies deepest explains most.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const meant = issue.errors.filter(reasons => !reasons.some(reason => reason.code === 'invalid_value'))
    const reasons = (meant.length > 0 ? meant : issue.errors).flat()
    const deepest = reasons.sort((a, b) => b.path.length - a.path.length)[0]
    if (deepest && deepest.path.length > 0)
      return describe(part, { ...deepest, path: [...issue.path, ...deepest.path] })
  }
  return { path: pathText(part, issue.path), message: issue.message }
}

function pathText(part: string, path: PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    part,
  )
}

function findBrokenText(value: unknown, at: string): string | undefined {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? at : undefined
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      const found = findBrokenText(item, `${at}[${i}]`)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (value === null || typeof value !== 'object' || value instanceof Blob || value instanceof Uint8Array)
    return undefined
  for (const [key, item] of Object.entries(value)) {
    const found = findBrokenText(key, `${at}.${key}`) ?? findBrokenText(item, `${at}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}
