/** Runs turbo without telemetry. Usage: node scripts/turbo.ts <task> … */
import { requireNode24 } from './node-version.ts'
import { run } from './run.ts'

requireNode24()
process.exit(await run('turbo', ['run', ...process.argv.slice(2)]))
