/**
 * `pnpm bench [--quick] [GROUP…]`: what the server costs, against what the same would cost without it. Every server is
 * a process of its own; references run in turns with what they are compared to, and figures are medians.
 */
import { parseArgs } from 'node:util'
import { run } from '../run.ts'
import { agentTurnRows } from './agent-turn.ts'
import { configRows } from './config.ts'
import { longSessionRows } from './long-session.ts'
import { requestRows } from './requests.ts'
import { type Row, table } from './row.ts'
import { buildBareHono } from './servers.ts'
import { sizeRows } from './sizes.ts'
import { socketRows } from './sockets.ts'
import { startRows } from './start.ts'
import { streamRows } from './streams.ts'

const groups: Record<string, (quick: boolean) => Promise<Row[]>> = {
  requests: requestRows,
  streams: streamRows,
  agent: agentTurnRows,
  sockets: socketRows,
  start: startRows,
  session: longSessionRows,
  config: configRows,
  sizes: sizeRows,
}

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
})
if ((await run(process.execPath, ['scripts/build-server.ts'])) !== 0) process.exit(1)
await buildBareHono()

const rows: Row[] = []
for (const [name, measure] of Object.entries(groups)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  console.error(`measuring ${name} …`)
  try {
    rows.push(...(await measure(values.quick)))
  } catch (error) {
    rows.push({ what: name, measured: `failed: ${error instanceof Error ? error.message : error}`, met: false })
  }
}
console.log(`\n${table(rows)}`)
