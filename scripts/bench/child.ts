import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '../run.ts'
import { serverFlags } from '../server-flags.ts'

/** What a process has used so far. */
export interface Usage {
  cpuMs: number
  rssMb: number
  peakMb: number
}

const startTimeoutMs = 20_000

/** A Node process of its own that is measured. */
export class Child {
  readonly #process: ChildProcess
  #errors = ''

  /** @param script below the root of the repository, or absolute */
  constructor(script: string, args: string[] = [], env: NodeJS.ProcessEnv = {}) {
    const path = process.env['PATH']
    const flags = [...serverFlags, '--import', join(import.meta.dirname, 'probe.js')]
    this.#process = spawn(process.execPath, [...flags, script, ...args], {
      cwd: root,
      // Nothing of the caller's environment: a provider's key in it would change what is measured.
      env: { NODE_ENV: 'production', ...(path !== undefined && { PATH: path }), ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#process.stderr?.on('data', (data: Buffer) => {
      this.#errors = (this.#errors + data).slice(-2000)
    })
  }

  /** Waits until a URL answers 200. */
  async ready(url: string): Promise<this> {
    const deadline = Date.now() + startTimeoutMs
    for (;;) {
      const answer = await fetch(url).catch(() => undefined)
      await answer?.body?.cancel()
      if (answer?.ok) return this
      if (this.#process.exitCode !== null || Date.now() > deadline) {
        throw new Error(`${this.#process.spawnargs.at(-1)} did not start: ${this.#errors}`)
      }
      await sleep(3)
    }
  }

  async usage(): Promise<Usage> {
    return (await this.ask('usage')) as Usage
  }

  /** Sends a message and answers the next one that comes back. */
  async ask(message: object | string): Promise<unknown> {
    const answer = once(this.#process, 'message')
    this.#process.send(message)
    const [value] = await answer
    return value
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 5000)
    await exited
    clearTimeout(timer)
  }
}
