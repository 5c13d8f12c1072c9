import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { build } from 'esbuild'

const server = join(import.meta.dirname, '../../packages/server')

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

/** The `astrbot` command as it is published: in one bundle, which starts in a quarter of the time. */
export class BuiltCommand implements AsyncDisposable {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async build(): Promise<BuiltCommand> {
    // Below the package, so that what is not bundled is found.
    const folder = join(server, 'node_modules/.cache', `astrbot-command-${process.pid}`)
    await build({
      entryPoints: { main: join(server, 'src/main.ts') },
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      target: 'node22',
      external: ['better-sqlite3', 'pg-native'],
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
      logLevel: 'warning',
    })
    return new BuiltCommand(folder)
  }

  /** Runs it as a process of its own on a data folder. */
  async run(
    dataDir: string,
    args: readonly string[],
    { env = {}, input = '' }: CommandOptions = {},
  ): Promise<CommandResult> {
    const child = spawn(process.execPath, [join(this.#folder, 'main.mjs'), ...args], {
      env: { PATH: process.env['PATH'], ASTRBOT_DATA_DIR: dataDir, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    // A command that ends without reading it.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    const ended = new Promise<number | null>(resolve => child.once('close', resolve))
    const [out, error, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
    return { code, out: out.trimEnd(), error: error.trimEnd() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}
