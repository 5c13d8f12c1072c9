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
  const first = schema.safeParse(value)
  const result = first.success || part !== 'query' ? first : schema.safeParse(lastValues(value, first.error.issues))
  if (!result.success) fail(result.error.issues.slice(0, mostIssues).map(issue => describe(part, issue)))
  return result.data
}

/** A query in which only the last value counts where a parameter came twice and cannot. */
function lastValues(query: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const misfits = issues.filter(({ code, path }) => /^invalid_(type|value)$/.test(code) && path.length === 1)
  const single = new Set(misfits.map(({ path }) => path[0]))
  return Object.fromEntries(
    Object.entries(query ?? {}).map(([key, value]) => [
      key,
      single.has(key) && Array.isArray(value) ? value.at(-1) : value,
    ]),
  )
}

/** Refuses what nothing keeps as it is: text with NUL or halves of surrogate pairs, and the name `__proto__`. */
export function refuseUnstorable(part: string, value: unknown): void {
  const issue = findUnstorable(value, part)
  if (issue) fail([issue])
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

function findUnstorable(value: unknown, at: string): Issue | undefined {
  if (typeof value === 'string') {
    const broken = value.includes('\0') || !value.isWellFormed()
    return broken ? { path: at, message: 'text must not hold NUL or unpaired surrogates' } : undefined
  }
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      const issue = findUnstorable(item, `${at}[${i}]`)
      if (issue) return issue
    }
    return undefined
  }
  if (value === null || typeof value !== 'object' || value instanceof Blob || value instanceof Uint8Array)
    return undefined
  for (const [key, item] of Object.entries(value)) {
    const path = `${at}.${key}`
    if (key === '__proto__') return { path, message: 'nothing can have this name' }
    const issue = findUnstorable(key, path) ?? findUnstorable(item, path)
    if (issue) return issue
  }
  return undefined
}
