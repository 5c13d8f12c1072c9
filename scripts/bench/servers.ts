import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from '../run.ts'
import { Child } from './child.ts'

/** A process that listens. */
export interface Served {
  child: Child
  url: string
}

const server = 'packages/server'
const bareHono = join(server, 'node_modules/.cache/bench/bare-hono.js')

/** Bundles the reference server as the real one is bundled. */
export async function buildBareHono(): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'bare-hono.ts')],
    outfile: join(root, bareHono),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: ['better-sqlite3', 'pg-native'],
    nodePaths: [join(root, server, 'node_modules')],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  })
}

/** The server under test on a data folder. */
export async function startAstrBot(dataDir: string, modelUrl?: string): Promise<Served> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    DASHBOARD_PORT: String(port),
    ASTRBOT_DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    ...(modelUrl !== undefined && {
      OPENAI_BASE_URL: `${modelUrl}/v1`,
      OPENAI_API_KEY: 'bench',
      OPENAI_MODEL: 't200d0',
    }),
  }
  return { child: await new Child(join(server, 'dist/main.js'), [], env).ready(`${url}/healthz`), url }
}

/** The same queries behind Hono and nothing else. */
export async function startBareHono(databaseFile: string): Promise<Served> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  return { child: await new Child(bareHono, [String(port), databaseFile]).ready(`${url}/healthz`), url }
}

/** The scripted model server. */
export async function startModel(): Promise<Served> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  return {
    child: await new Child('packages/testing/src/model-server/main.ts', [String(port)]).ready(`${url}/v1/models`),
    url,
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
