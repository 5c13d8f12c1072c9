import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AstrBot, createAstrBot, type FirstRun, type FolderLock, type Logger, lockFolder } from '@astrbot/core'
import { serve } from '@hono/node-server'
import { createApp } from './app.ts'
import { answerUnreadable } from './http/unreadable.ts'
import type { ServerOptions } from './options.ts'
import { forgetRunning, noteRunning, readRunning } from './running.ts'
import { asksForSocket, openSockets } from './sockets/open-sockets.ts'

/** Milliseconds that whoever holds the data folder has to let it go. */
const patienceMs = 2000

/** A server that listens. */
export interface RunningServer {
  readonly bot: AstrBot
  /** Where it listens, such as `http://127.0.0.1:6185`. */
  readonly url: string
  /** What the first start made and shows once. */
  readonly firstRun: FirstRun
  /** Stops accepting, lets running turns finish for up to `patienceMs`, and closes everything. */
  stop(patienceMs?: number): Promise<void>
}

/** Opens the data folder and serves it. */
export async function startServer(
  options: ServerOptions,
  log: Logger,
  env: Record<string, string | undefined> = {},
): Promise<RunningServer> {
  const { dataDir, databaseUrl, demoMode, testMode, initialPassword, resetPassword, skipDefaultPasswordAuth, host } =
    options
  const auth = { demoMode, testMode, initialPassword, resetPassword, skipDefaultPasswordAuth, host }
  const lock = await claim(dataDir)
  const bot = await createAstrBot({
    dataDir,
    databaseUrl,
    maxFileBytes: options.maxUploadBytes,
    auth,
    env,
    log,
  }).catch((error: unknown) => {
    lock.release()
    throw error
  })
  try {
    const firstRun = await bot.auth.ensureFirstRun()
    const app = createApp(bot, options, log)
    const server = await listen(app.fetch, options)
    answerUnreadable(server, bot.ids)
    const sockets = openSockets(server, { bot, options, log })
    const { port } = server.address() as AddressInfo
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    await noteRunning(dataDir, url + options.basePath)
    bot.providers.warmUp()
    return {
      bot,
      url,
      firstRun,
      async stop(turnPatienceMs) {
        const closed = new Promise<void>(resolve => server.close(() => resolve()))
        server.closeIdleConnections()
        sockets.stop()
        await bot.stop(turnPatienceMs)
        await sockets.closed()
        server.closeAllConnections()
        await closed
        await forgetRunning(dataDir)
        lock.release()
      },
    }
  } catch (error) {
    await bot.stop(0)
    lock.release()
    throw error
  }
}

/** Two programs on one data folder would overwrite each other's configuration. One that is about to stop is waited for. */
async function claim(dataDir: string): Promise<FolderLock> {
  const lock = await lockFolder(dataDir, patienceMs)
  if (lock) return lock
  const running = await readRunning(dataDir)
  const who = running ? `the one at ${running.url}, process ${running.pid}` : 'another one'
  throw new Error(`The data folder ${dataDir} is in use by ${who}. Stop it, or choose another folder with --data-dir.`)
}

type Fetch = ReturnType<typeof createApp>['fetch']

function listen(fetch: Fetch, { host, port }: ServerOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    // Takes the adapter's own `Response`, as Hono does by default: with Node's a small request costs a fifth more.
    const serverOptions = { shouldUpgradeCallback: asksForSocket }
    const server = serve({ fetch, hostname: host, port, serverOptions }, () => resolve(server)) as Server
    // Slow request heads and bodies are cut off; a stream may last.
    server.headersTimeout = 30_000
    server.requestTimeout = 300_000
    server.once('error', reject)
  })
}
