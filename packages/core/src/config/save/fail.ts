import { AstrBotError } from '../../errors.ts'
import type { Problem } from '../cast.ts'

const most = 200

/**
 * Refuses a document for all its problems at once.
 * @param at where the document stands in the request, such as `body`; part of every path
 * @throws validation_failed when there are any
 */
export function failOn(problems: readonly Problem[], at: string): void {
  const [first] = problems
  if (!first) return
  const issues = problems.slice(0, most).map(({ path, message }) => ({ path: below(at, path), message }))
  throw new AstrBotError('validation_failed', { detail: `${below(at, first.path)}: ${first.message}` }, { issues })
}

function below(at: string, path: string): string {
  return path === '' || at === '' ? at + path : `${at}.${path}`
}
