import { stat } from 'node:fs/promises'
import {
  type AstrBot,
  ConfigFile,
  createAstrBot,
  type Identity,
  isFolderLocked,
  type Logger,
  lockFolder,
  ownerToken,
  silentLog,
} from '@astrbot/core'
import { createApp } from '../app.ts'
import { type Environment, optionsFrom } from '../options.ts'
import { readRunning } from '../running.ts'
import { CommandFailure } from './failure.ts'

const patienceMs = 10_000

/** Only accidents are worth a line beside the answer of a command. */
const log: Logger = {
  ...silentLog,
  error(data, message) {
    const { err } = data as { err?: unknown }
    process.stderr.write(`${message}${err instanceof Error ? `: ${err.message}` : ''}\n`)
  },
}

/** What a call may carry. */
export interface CallInit {
  query?: Readonly<Record<string, string | boolean>>
  headers?: Readonly<Record<string, string>>
  body?: unknown
}

/** An answer that was no success. */
export class Refusal extends CommandFailure {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** The way of a command to the bot: one and the same API, over HTTP or within this process. */
export interface Connection extends AsyncDisposable {
  /** Address of the server that runs on the data folder; undefined when this process opened the folder itself. */
  readonly server: string | undefined
  /** Answers `data`. @throws Refusal */
  call(method: string, path: string, init?: CallInit): Promise<unknown>
}

/**
 * Connects to whoever may change a data folder. While a server runs on it, that is the server: it has the configuration
 * in memory, so a change to the files behind its back would be lost. Otherwise this process takes the folder's lock and
 * carries calls out itself. Whoever can read the configuration file is the owner and needs no password.
 *
 * @param create whether a folder that does not exist is made; the other commands tell that there is none
 */
export async function connect(env: Environment, { create = false } = {}): Promise<Connection> {
  const { dataDir } = optionsFrom(env)
  if (!create && !(await stat(dataDir).catch(() => undefined)))
    throw new CommandFailure(`There is no data folder ${dataDir}. Name it with --data-dir or ASTRBOT_DATA_DIR.`)
  for (let waited = 0; ; waited += 100) {
    const lock = await lockFolder(dataDir)
    if (lock) return await within(env, lock.release).catch(error => release(lock.release, error))
    const running = await readRunning(dataDir)
    if (running && (await answers(running.url))) return over(running.url, dataDir)
    if (waited >= patienceMs) throw occupied(dataDir, running?.pid)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

/** The server on a data folder, or undefined. Opens and locks nothing. */
export async function connectToServer(dataDir: string): Promise<Connection | undefined> {
  if (!isFolderLocked(dataDir)) return undefined
  const running = await readRunning(dataDir)
  return running && (await answers(running.url)) ? over(running.url, dataDir) : undefined
}

function occupied(dataDir: string, pid: number | undefined): CommandFailure {
  const who = pid === undefined ? 'Another AstrBot' : `AstrBot (process ${pid})`
  return new CommandFailure(`${who} uses ${dataDir} and does not answer. Wait until it is done, or stop it.`)
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2000) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

async function over(url: string, dataDir: string): Promise<Connection> {
  const token = await ownerToken(await ConfigFile.open(dataDir))
  return {
    server: url,
    call: (method, path, init) => ask(request => fetch(request), url, method, path, init, token),
    async [Symbol.asyncDispose]() {},
  }
}

async function within(env: Environment, unlock: () => void): Promise<Connection> {
  const options = optionsFrom(env)
  const { dataDir, databaseUrl } = options
  const bot = await createAstrBot({ dataDir, databaseUrl, env, log })
  const app = createApp(ownedBy(bot), options, log)
  return {
    server: undefined,
    call: (method, path, init) =>
      ask(async request => app.fetch(request, {}), `http://astrbot.invalid${options.basePath}`, method, path, init),
    async [Symbol.asyncDispose]() {
      try {
        await bot.stop(0)
      } finally {
        unlock()
      }
    },
  }
}

/** A bot whose every caller is the owner: this process. */
function ownedBy(bot: AstrBot): AstrBot {
  const owner: Identity = { username: bot.config.get().dashboard.username, scopes: ['*'], apiKeyId: null, via: 'jwt' }
  return { ...bot, auth: { ...bot.auth, authenticate: async () => owner } }
}

type Fetch = (request: Request) => Promise<Response>

async function ask(
  fetch: Fetch,
  base: string,
  method: string,
  path: string,
  { query = {}, headers = {}, body }: CallInit = {},
  token?: string,
): Promise<unknown> {
  const search = new URLSearchParams(
    Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]),
  )
  const request = new Request(`${base}/api/v1${path}${search.size > 0 ? `?${search}` : ''}`, {
    method,
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const response = await fetch(request)
  const answer = (await response.json().catch(() => ({}))) as Envelope
  if (response.ok) return answer.data
  const issues = answer.data?.issues?.map(({ path, message }) => `  ${withoutPlace(path)}: ${message}`) ?? []
  const message = answer.message ?? `the server answered ${response.status}`
  throw new Refusal(response.status, answer.data?.code ?? '', issues.length > 0 ? issues.join('\n').trim() : message)
}

interface Envelope {
  message?: string | null
  data?: { code?: string; issues?: { path: string; message: string }[] } & Record<string, unknown>
}

/** `body.agent_runner.config` is a place of the request; people know the rest of it. */
function withoutPlace(path: string): string {
  return path.replace(/^body\.?(config\.)?/, '') || 'the document'
}

function release(unlock: () => void, error: unknown): never {
  unlock()
  throw error
}
