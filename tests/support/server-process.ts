import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const main = new URL('../../packages/server/src/main.ts', import.meta.url).pathname

/** A server as a process of its own, which can be killed. */
export class ServerProcess implements AsyncDisposable {
  readonly url: string
  readonly #child: ChildProcess
  readonly #output: string[]

  private constructor(child: ChildProcess, url: string, output: string[]) {
    this.#child = child
    this.url = url
    this.#output = output
  }

  /** Starts a server on a data folder and answers once it listens. */
  static async start(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env['PATH'], DASHBOARD_PORT: '0', ASTRBOT_DATA_DIR: dataDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output: string[] = []
    child.stderr.on('data', chunk => output.push(String(chunk)))
    const listening = Promise.withResolvers<string>()
    createInterface(child.stdout).on('line', line => {
      output.push(line)
      const url = /is listening on (\S+)/.exec(line)?.[1]
      if (url !== undefined) listening.resolve(url)
    })
    child.once('exit', code => listening.reject(new Error(`the server ended (${code}):\n${output.join('\n')}`)))
    return new ServerProcess(child, await listening.promise, output)
  }

  /** Everything the server has printed. */
  get output(): string {
    return this.#output.join('\n')
  }

  /** Bytes of memory the process holds. */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Sends a signal and waits for the end. Answers the exit code, null when the signal killed it. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode
    const exit = once(this.#child, 'exit')
    this.#child.kill(signal)
    const [code] = await exit
    return code as number | null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
  }
}
