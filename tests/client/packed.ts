import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const pnpm = 'pnpm@12.21.0'

/** A folder outside the repository into which the packed client is installed, as an app developer has it. */
export interface InstalledClient extends AsyncDisposable {
  dir: string
  /** Bytes of the tarball's folder as installed, by file name. */
  files: string[]
}

/** Builds and packs `@astrbot/client` and installs the tarball with npm. */
export async function installPackedClient(): Promise<InstalledClient> {
  const dir = await mkdtemp(join(tmpdir(), 'astrbot-packed-'))
  const client = join(root, 'packages/client')
  await run('npx', ['--yes', pnpm, 'run', 'build'], { cwd: client })
  await run('npx', ['--yes', pnpm, 'pack', '--pack-destination', dir], { cwd: client })
  const tarball = (await readdir(dir)).find(name => name.endsWith('.tgz'))
  if (!tarball) throw new Error('nothing was packed')
  await writeFile(join(dir, 'package.json'), '{ "name": "app", "private": true, "type": "module" }')
  await run('npm', ['install', '--no-audit', '--no-fund', `./${tarball}`, 'ws@8.23.0'], { cwd: dir })
  const files = await readdir(join(dir, 'node_modules/@astrbot/client'), { recursive: true })
  return { dir, files, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Runs a program under a Node version, which npm fetches when it is not the one at hand. */
export async function runOnNode(
  version: string,
  dir: string,
  program: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const { stdout } = await run('npx', ['--yes', `--package=node@${version}`, '--', 'node', program], {
    cwd: dir,
    env: { ...process.env, ...env },
    timeout: 120_000,
  })
  return stdout
}
