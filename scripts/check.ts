/** `pnpm check`, which `npm test` calls: everything that must hold, one summary line at the end. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { requireNode24 } from './node-version.ts'
import { run } from './run.ts'

requireNode24()

/** What must hold before the tests make sense; each counts as one check. */
const gates: [name: string, command: string, args: string[]][] = [
  ['code generation', 'node', ['scripts/codegen/main.ts']],
  ['format and lint', 'biome', ['check', '--error-on-warnings', '.']],
  ['contract lint', 'redocly', ['lint', 'openspec/openapi-v1.yaml', '--format=summary']],
  ['contract report', 'node', ['scripts/contract-report.ts']],
  ['build', 'turbo', ['run', 'build', '--output-logs=errors-only']],
  ['types', 'turbo', ['run', 'typecheck', '--output-logs=errors-only']],
  ['types of scripts', 'tsc', ['-p', 'scripts']],
  ['types of tests', 'tsc', ['-p', 'tests']],
]

interface VitestReport {
  numPassedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    name: string
    status: string
    message?: string
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
  }[]
}

const totals = { passed: 0, skipped: 0 }
const times: string[] = []
/** What failed, said again at the end: logs are cut from their beginning. */
const failures: string[] = []

for (const [name, command, args] of gates) {
  const start = Date.now()
  const code = await run(command, args)
  times.push(`${name} ${((Date.now() - start) / 1000).toFixed(1)} s`)
  if (code === 0) totals.passed++
  else {
    failures.push(`${name} (exit code ${code})`)
    console.error(`\n✗ ${name} failed (exit code ${code})\n`)
  }
}

const scratch = mkdtempSync(join(tmpdir(), 'astrbot-check-'))
try {
  const report = join(scratch, 'report.json')
  const start = Date.now()
  const coverage = join(scratch, 'coverage')
  await run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`], {
    ASTRBOT_COVERAGE_DIR: coverage,
  })
  times.push(`tests ${((Date.now() - start) / 1000).toFixed(1)} s`)
  const result = JSON.parse(readFileSync(report, 'utf8')) as VitestReport
  totals.passed += result.numPassedTests
  totals.skipped += result.numPendingTests + result.numTodoTests
  for (const { name, status, message = '', assertionResults } of result.testResults) {
    if (status !== 'failed') continue
    const failed = assertionResults.filter(test => test.status === 'failed')
    const file = relative(process.cwd(), name)
    // A file that does not load, or cannot clean up, has failed although none of its tests did.
    if (failed.length === 0) failures.push(`${file}: ${message}`)
    for (const { fullName, failureMessages } of failed)
      failures.push(`${file}: ${fullName}\n${failureMessages[0] ?? ''}`)
  }
  if ((await run('node', ['scripts/contract-coverage.ts', coverage])) === 0) totals.passed++
  else failures.push('contract coverage')
} catch (error) {
  failures.push(`the tests: ${error}`)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

console.log(`\n${times.join(' · ')}\n`)
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
for (const failure of failures) console.log(`✗ ${failure.slice(0, 1000)}\n`)
console.log(`${totals.passed} passed, ${failures.length} failed${skipped}`)
process.exit(failures.length === 0 ? 0 : 1)
