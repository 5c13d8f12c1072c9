import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, silentLog } from '@astrbot/core'
import { optionsFrom, type RunningServer, startServer } from '@astrbot/server'
import { type ModelServer, startModelServer } from '@astrbot/testing'
import { type Answer, Caller, type CallOptions, type ChatStream } from './caller.ts'
import type { OperationId } from './contract.ts'
import { password, pbkdf2Hash } from './secrets.ts'

/** Who calls: nobody, the dashboard user, two keys that may chat, or one that may not. */
export type Role = 'nobody' | 'token' | 'key' | 'otherKey' | 'weakKey'

type Headers = Readonly<Record<string, string>>

export interface TestServerOptions {
  /** Environment variables beside the usual ones. */
  env?: Readonly<Record<string, string>>
  /** What `cmd_config.json` is to hold beside the account, by top-level key. */
  config?: Readonly<Record<string, unknown>>
  /** What its `dashboard` section is to hold beside the account. */
  dashboard?: Readonly<Record<string, unknown>>
  log?: Logger
}

export interface RoleCallOptions extends CallOptions {
  /** The dashboard user by default. */
  as?: Role
}

/** A whole server in this process, with a data folder and a scripted model of its own. */
export class TestServer implements AsyncDisposable {
  readonly dataDir: string
  readonly models: ModelServer
  /** Errors that the server logged: accidents, which no test causes on purpose. */
  readonly accidents: string[] = []
  /** What each role shows. */
  credentials: Readonly<Record<Role, Headers>>
  /** The ids and secrets of the roles' keys. */
  keys: Readonly<Record<'key' | 'otherKey' | 'weakKey', { key_id: string; api_key: string }>>
  #running: RunningServer
  readonly #options: TestServerOptions

  private constructor(dataDir: string, models: ModelServer, options: TestServerOptions, running: RunningServer) {
    this.dataDir = dataDir
    this.models = models
    this.#options = options
    this.#running = running
    const none = { key_id: '', api_key: '' }
    this.keys = { key: none, otherKey: none, weakKey: none }
    this.credentials = { nobody: {}, token: {}, key: {}, otherKey: {}, weakKey: {} }
  }

  /** Starts a server whose account `astrbot` is set up, and lets every role have its credentials. */
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'astrbot-server-'))
    await writeConfig(dataDir, options)
    const models = await startModelServer()
    const accidents: string[] = []
    const server = new TestServer(dataDir, models, options, await open(dataDir, models, options, accidents))
    server.accidents.push(...accidents)
    await server.#makeCredentials()
    return server
  }

  get url(): string {
    return this.#running.url
  }

  get running(): RunningServer {
    return this.#running
  }

  /** Calls an operation; the answer is held against the contract and counted. */
  call<K extends OperationId>(id: K, { as = 'token', headers, ...rest }: RoleCallOptions = {}): Promise<Answer<K>> {
    return new Caller(this.url).call(id, { ...rest, headers: { ...this.credentials[as], ...headers } })
  }

  /** Opens an event stream; every event is held against the contract. */
  stream(id: OperationId, { as = 'token', headers, ...rest }: RoleCallOptions = {}): Promise<ChatStream> {
    return new Caller(this.url).stream(id, { ...rest, headers: { ...this.credentials[as], ...headers } })
  }

  /** Any request, unchecked. */
  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.url + path, { redirect: 'manual', ...init })
  }

  /** Stops the server and starts it again on the same data. Running turns are cut off after `patienceMs`. */
  async restart(patienceMs = 0): Promise<void> {
    await this.#running.stop(patienceMs)
    this.#running = await open(this.dataDir, this.models, this.#options, this.accidents)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.stop(0)
    await this.models.stop()
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 3 })
    if (this.accidents.length > 0) throw new Error(`the server logged errors:\n${this.accidents.join('\n')}`)
  }

  async #makeCredentials(): Promise<void> {
    const login = await this.call('login', { as: 'nobody', json: { username: 'astrbot', password } })
    this.credentials = { ...this.credentials, token: { authorization: `Bearer ${login.data.token}` } }
    const [key, otherKey, weakKey] = await Promise.all(
      [['chat'], ['chat'], ['persona']].map(
        async scopes => (await this.call('createApiKey', { json: { scopes } })).data,
      ),
    )
    if (!key || !otherKey || !weakKey) throw new Error('the keys were not made')
    this.keys = { key, otherKey, weakKey }
    this.credentials = {
      ...this.credentials,
      key: { 'x-api-key': key.api_key },
      otherKey: { 'x-api-key': otherKey.api_key },
      weakKey: { 'x-api-key': weakKey.api_key },
    }
  }
}

/** The environment that makes the scripted server the only model. */
export function modelEnvironment(models: Pick<ModelServer, 'url'>): Record<string, string> {
  return { OPENAI_API_KEY: 'sk-test-of-the-tests', OPENAI_BASE_URL: `${models.url}/v1`, OPENAI_MODEL: 'echo' }
}

/** Puts `cmd_config.json` with a set-up account into a data folder, as AstrBot writes it. */
export async function writeConfig(
  dataDir: string,
  { config = {}, dashboard = {} }: Pick<TestServerOptions, 'config' | 'dashboard'> = {},
): Promise<void> {
  const account = { username: 'astrbot', pbkdf2_password: pbkdf2Hash(password), password_storage_upgraded: true }
  // The time of day in every question is for tests that ask for it.
  const settings = { datetime_system_prompt: false, ...(config['provider_settings'] as object | undefined) }
  const document = { ...config, provider_settings: settings, dashboard: { ...account, ...dashboard } }
  await writeFile(join(dataDir, 'cmd_config.json'), `\uFEFF${JSON.stringify(document, null, 2)}`)
}

function open(
  dataDir: string,
  models: ModelServer,
  { env = {}, log }: TestServerOptions,
  accidents: string[],
): Promise<RunningServer> {
  const all = {
    DASHBOARD_PORT: '0',
    ASTRBOT_DATA_DIR: dataDir,
    ASTRBOT_TEST_MODE: 'true',
    ...modelEnvironment(models),
    ...env,
  }
  return startServer(optionsFrom(all), log ?? watchful(accidents), all)
}

function watchful(accidents: string[]): Logger {
  return {
    ...silentLog,
    error(data, message) {
      const error = 'err' in data && data.err instanceof Error ? (data.err.stack ?? data.err.message) : ''
      accidents.push(`${message} ${JSON.stringify(data)} ${error}`)
    },
  }
}
