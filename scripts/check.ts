/** `pnpm check`, which `npm test` calls: everything that must hold, one summary line at the end. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  numFailedTestSuites: number
  testResults: { status: string; assertionResults: { status: string }[] }[]
}

const totals = { passed: 0, failed: 0, skipped: 0 }
const times: string[] = []

for (const [name, command, args] of gates) {
  const start = Date.now()
  const code = await run(command, args)
  times.push(`${name} ${((Date.now() - start) / 1000).toFixed(1)} s`)
  if (code === 0) totals.passed++
  else {
    totals.failed++
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
  // A file that does not load, or cannot clean up, has failed although none of its tests did.
  const broken = result.testResults.filter(
    file => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  ).length
  totals.failed += result.numFailedTests + broken
  if ((await run('node', ['scripts/contract-coverage.ts', coverage])) === 0) totals.passed++
  else totals.failed++
} catch (error) {
  console.error(error)
  totals.failed++
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

console.log(`\n${times.join(' · ')}\n`)
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`)
process.exit(totals.failed === 0 ? 0 : 1)
