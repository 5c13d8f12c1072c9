import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ServerProcess } from './support/server-process.ts'

// A data folder travels from AstrBot to this server and back: what one of them saved, the other one opens.

const command = process.env['ASTRBOT_TEST_ASTRBOT']
if (!command) {
  console.warn(
    'SKIPPED: data folders are not exchanged with AstrBot itself; name its program in ASTRBOT_TEST_ASTRBOT (pip install astrbot)',
  )
}

const password = 'Passw0rd-for-tests'
const env = {
  ...process.env,
  DASHBOARD_HOST: '127.0.0.1',
  ASTRBOT_TEST_MODE: 'true',
  ASTRBOT_DASHBOARD_INITIAL_PASSWORD: password,
}

/** What the answers used here hold; each has some of it. */
interface Data {
  token: string
  conf_id: string
  config: Record<string, unknown>
  info_list: { id: string; name: string }[]
  provider_sources: { id: string }[]
  providers: { id: string }[]
  provider: Record<string, unknown>
  routing: Record<string, string>
}

/** Calls operations as the dashboard user does. */
type Api = (method: string, path: string, json?: object) => Promise<Data>

async function signedIn(baseUrl: string): Promise<Api> {
  let token = ''
  const api: Api = async (method, path, json) => {
    const response = await fetch(`${baseUrl}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      ...(json && { body: JSON.stringify(json) }),
    })
    const envelope = (await response.json()) as { status: string; data: Data }
    if (envelope.status !== 'ok') throw new Error(`${method} ${path}: ${JSON.stringify(envelope)}`)
    return envelope.data
  }
  token = (await api('POST', '/auth/login', { username: 'astrbot', password })).token
  return api
}

describe.skipIf(!command)('a data folder', { timeout: 240_000 }, () => {
  let root = ''
  let dataDir = ''
  let running: ChildProcess | undefined
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'astrbot-exchange-'))
    dataDir = join(root, 'data')
    await mkdir(dataDir)
    const init = spawn(command ?? '', ['init'], { cwd: root, env, stdio: ['pipe', 'ignore', 'ignore'] })
    init.stdin.end('y\ny\n')
    await once(init, 'exit')
  })
  afterAll(async () => {
    if (running?.pid !== undefined) process.kill(-running.pid, 'SIGKILL')
    if (root) await rm(root, { recursive: true, force: true, maxRetries: 5 })
  })

  const withAstrBot = async <T>(use: (api: Api) => Promise<T>): Promise<T> => {
    const port = 20_000 + Math.floor(Math.random() * 20_000)
    running = spawn(command ?? '', ['run', '-p', String(port)], { cwd: root, env, stdio: 'ignore', detached: true })
    const exit = once(running, 'exit')
    const baseUrl = `http://127.0.0.1:${port}`
    for (const end = Date.now() + 90_000; ; ) {
      const answer = await fetch(`${baseUrl}/api/v1/auth/setup-status`).catch(() => undefined)
      if (answer?.ok) break
      if (Date.now() > end) throw new Error('AstrBot does not answer')
      await new Promise(resolve => setTimeout(resolve, 300))
    }
    const result = await use(await signedIn(baseUrl))
    if (running.pid !== undefined) process.kill(-running.pid, 'SIGTERM')
    await exit
    running = undefined
    return result
  }

  const withUs = async <T>(use: (api: Api) => Promise<T>): Promise<T> => {
    await using server = await ServerProcess.start(dataDir, { ASTRBOT_TEST_MODE: 'true' })
    const result = await use(await signedIn(server.url))
    await server.end('SIGTERM')
    return result
  }

  const state = async (api: Api) => {
    const { config } = await api('GET', '/system-config')
    const { info_list } = await api('GET', '/config-profiles')
    const { provider_sources } = await api('GET', '/provider-sources')
    const { providers } = await api('GET', '/providers')
    const { routing } = await api('GET', '/config-routes')
    const ids = (list: { id: string }[]) => list.map(({ id }) => id).sort()
    return {
      config,
      profiles: info_list,
      sources: ids(provider_sources),
      providers: ids(providers),
      routing,
    }
  }

  it('made by AstrBot opens here, and what is saved here opens there again', async () => {
    const made = await withAstrBot(async api => {
      const source = { id: 'src', type: 'openai_chat_completion', provider: 'openai', provider_type: 'chat_completion' }
      const settings = { ...source, enable: true, key: ['sk-a'], api_base: 'http://127.0.0.1:9/v1', timeout: 30 }
      await api('POST', '/provider-sources', { config: settings })
      await api('POST', '/provider-sources/src/providers', { config: { id: 'src/m', enable: true, model: 'm' } })
      const { conf_id: profile } = await api('POST', '/config-profiles', { name: 'Zweites 配置' })
      await api('PUT', '/config-routes', { routing: { 'telegram:GroupMessage:*': profile } })
      const { config } = await api('GET', '/system-config')
      await api('PUT', '/system-config', { ...config, wake_prefix: ['/', '！'], timezone: 'Europe/Berlin' })
      return { ...(await state(api)), profile }
    })
    expect(made).toMatchObject({ sources: ['src'], providers: ['src/m'] })
    const before = await readFile(join(dataDir, 'cmd_config.json'), 'utf8')

    await withUs(async api => {
      // The password is the one that AstrBot stored; opening alone changes nothing.
      expect(await readFile(join(dataDir, 'cmd_config.json'), 'utf8')).toBe(before)
      const here = await state(api)
      expect(here.config).toMatchObject({ wake_prefix: ['/', '！'], timezone: 'Europe/Berlin' })
      expect(here.sources).toEqual(['src'])
      expect(here.providers).toEqual(['src/m'])
      expect(here.routing).toEqual(made.routing)
      expect(here.profiles.map(({ id, name }) => [id, name])).toEqual(made.profiles.map(({ id, name }) => [id, name]))

      await api('PUT', '/provider-sources/src', {
        config: { id: 'renamed', type: 'openai_chat_completion', key: ['sk-b'], api_base: 'http://127.0.0.1:9/v1' },
      })
      await api('POST', '/providers', {
        config: { id: 'voice', type: 'openai_tts_api', provider_type: 'text_to_speech', model: 'tts-1', enable: false },
      })
      await api('PUT', '/system-config', { ...here.config, reply_unknown: { kept: '漢' }, t2i: true })
      const profile = `/config-profiles/${made.profile}`
      const { config } = await api('GET', profile)
      await api('PUT', profile, { ...config, wake_prefix: ['#'] })
    })

    await withAstrBot(async api => {
      const there = await state(api)
      expect(there.config).toMatchObject({ t2i: true, timezone: 'Europe/Berlin', wake_prefix: ['/', '！'] })
      expect(there.sources).toEqual(['renamed'])
      expect(there.providers).toEqual(['src/m', 'voice'])
      const { provider } = await api('GET', '/providers/by-id?provider_id=src%2Fm&merged=true')
      expect(provider).toMatchObject({ provider_source_id: 'renamed', key: ['sk-b'] })
      expect((await api('GET', `/config-profiles/${made.profile}`)).config).toMatchObject({ wake_prefix: ['#'] })
    })

    await withUs(async api => expect((await state(api)).sources).toEqual(['renamed']))
  })
})
