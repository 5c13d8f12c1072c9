import { spawn } from 'node:child_process'
import { join } from 'node:path'

export const root: string = join(import.meta.dirname, '..')

/** The environment of every tool: nothing phones home. */
export const quietEnv: NodeJS.ProcessEnv = {
  ...process.env,
  DO_NOT_TRACK: '1',
  TURBO_TELEMETRY_DISABLED: '1',
  REDOCLY_TELEMETRY: 'off',
}

/** Runs a command in the repository and answers its exit code. Signals reach it through the process group. */
export function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...quietEnv, ...env } })
    const forward = (signal: NodeJS.Signals) => child.kill(signal)
    process.on('SIGTERM', forward)
    process.on('SIGINT', () => {}) // the terminal sends it to the child as well
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      process.off('SIGTERM', forward)
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1))
    })
  })
}
