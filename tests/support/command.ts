import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

const main = new URL('../../packages/server/src/main.ts', import.meta.url).pathname

/** What a command said, and how it ended. */
export interface CommandResult {
  code: number | null
  out: string
  error: string
}

export interface CommandOptions {
  env?: Readonly<Record<string, string>>
  /** Written to its standard input. */
  input?: string
}

/** Runs `astrbot` as a process of its own on a data folder. */
export async function astrbot(
  dataDir: string,
  args: readonly string[],
  { env = {}, input = '' }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'], ASTRBOT_DATA_DIR: dataDir, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(input)
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  const [out, error, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, out: out.trimEnd(), error: error.trimEnd() }
}
