/** `pnpm dev`: builds what changed and starts the server. */
import { requireNode24 } from './node-version.ts'
import { run } from './run.ts'
import { serverFlags } from './server-flags.ts'

requireNode24()
const built = await run('turbo', ['run', 'build', '--filter=@astrbot/server', '--output-logs=errors-only'])
if (built !== 0) process.exit(built)
const main = [...serverFlags, 'packages/server/dist/main.js', ...process.argv.slice(2)]
process.exit(await run('node', main, { NODE_ENV: process.env['NODE_ENV'] ?? 'production' }))
