import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Which statuses of which operations were really answered. */
export interface Coverage {
  record(operationId: string, status: number): void
  has(operationId: string, status: number): boolean
}

/**
 * Collects what was answered. Test files run in processes of their own, so each writes what it sees to a file in
 * `directory`; without a directory only this process remembers.
 */
export function createCoverage(directory: string | undefined = process.env['ASTRBOT_COVERAGE_DIR']): Coverage {
  const seen = new Set<string>()
  if (directory) mkdirSync(directory, { recursive: true })
  return {
    record(operationId, status) {
      const cell = `${operationId} ${status}`
      if (seen.has(cell)) return
      seen.add(cell)
      // Written at once: a test file that crashes keeps what it has shown.
      if (directory)
        appendFileSync(join(directory, `${process.pid}.jsonl`), `${JSON.stringify({ operationId, status })}\n`)
    },
    has: (operationId, status) => seen.has(`${operationId} ${status}`),
  }
}

/** What all processes have written to a directory. */
export function readCoverage(directory: string): Coverage {
  const all = createCoverage('')
  for (const file of existsSync(directory) ? readdirSync(directory) : []) {
    if (!file.endsWith('.jsonl')) continue
    for (const line of readFileSync(join(directory, file), 'utf8').split('\n').filter(Boolean)) {
      const { operationId, status } = JSON.parse(line) as { operationId: string; status: number }
      all.record(operationId, status)
    }
  }
  return all
}
