import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../run.ts'
import { figure, median, type Row } from './row.ts'

const execute = promisify(execFile)
const sizeScript = 'packages/client/scripts/size.ts'

/** What the SDK adds to an application, and how long the server takes to type-check. */
export async function sizeRows(quick: boolean): Promise<Row[]> {
  return [...(await sdkRows()), await typeCheckRow(quick ? 1 : 3)]
}

async function sdkRows(): Promise<Row[]> {
  if (!existsSync(join(root, sizeScript))) return []
  const result = await execute(process.execPath, [sizeScript], { cwd: root }).catch(
    (error: { stdout: string }) => error,
  )
  const lines = result.stdout.split('\n').filter(line => line.trim() !== '')
  return lines.map(line => ({ what: 'SDK size', measured: line.trim() }))
}

async function typeCheckRow(rounds: number): Promise<Row> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    await execute(join(root, 'node_modules/.bin/tsc'), ['-p', 'packages/server'], {
      cwd: root,
      shell: process.platform === 'win32',
    })
    times.push(performance.now() - began)
  }
  const seconds = median(times) / 1000
  return { what: 'type check of the server', measured: figure(seconds, 's'), aim: '≤ 10 s', met: seconds <= 10 }
}
