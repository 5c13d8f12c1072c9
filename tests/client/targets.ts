import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startModelServer } from '@astrbot/testing'
import { TestServer } from '../support/server.ts'

/** A server the client is tried on. */
export interface Target extends AsyncDisposable {
  baseUrl: string
  /** Scope chat. */
  apiKey: string
  /** Of the dashboard. */
  token: string
}

/** Our own server. */
export async function ours(): Promise<Target> {
  const server = await TestServer.start()
  const token = (server.credentials.token.authorization ?? '').replace('Bearer ', '')
  return {
    baseUrl: server.url,
    apiKey: server.keys.key.api_key,
    token,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/**
 * AstrBot itself.
 * @param command the `astrbot` program of an installation from PyPI
 */
export async function astrBot(command: string): Promise<Target> {
  const dir = await mkdtemp(join(tmpdir(), 'astrbot-python-'))
  await mkdir(join(dir, 'data'))
  const port = await freePort()
  const baseUrl = `http://127.0.0.1:${port}`
  const password = 'Passw0rd-for-tests'
  const models = await startModelServer()
  const env = {
    ...process.env,
    DASHBOARD_HOST: '127.0.0.1',
    ASTRBOT_TEST_MODE: 'true',
    ASTRBOT_DASHBOARD_INITIAL_PASSWORD: password,
  }
  await new Promise<void>((resolve, reject) => {
    const init = spawn(command, ['init'], { cwd: dir, env, stdio: ['pipe', 'ignore', 'ignore'] })
    init.stdin.end('y\ny\n')
    init.on('error', reject)
    init.on('exit', () => resolve())
  })
  const child = spawn(command, ['run', '-p', String(port)], { cwd: dir, env, stdio: 'ignore', detached: true })
  const stop = async () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    await models.stop()
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await reachable(`${baseUrl}/api/v1/auth/setup-status`, 90_000)
    const { token } = await post(baseUrl, '/api/v1/auth/login', { username: 'astrbot', password })
    const { api_key: apiKey } = await post(baseUrl, '/api/v1/api-keys', { scopes: ['chat'] }, String(token))
    const source = {
      id: 'scripted',
      type: 'openai_chat_completion',
      provider: 'openai',
      provider_type: 'chat_completion',
    }
    const config = { ...source, enable: true, key: ['sk-test'], api_base: `${models.url}/v1`, timeout: 30, proxy: '' }
    await post(baseUrl, '/api/v1/provider-sources', { config }, String(token))
    const provider = {
      id: 'scripted/t20d0',
      enable: true,
      model: 't20d0',
      provider_source_id: 'scripted',
      modalities: ['text'],
    }
    await post(
      baseUrl,
      '/api/v1/provider-sources/scripted/providers',
      { config: { ...provider, custom_extra_body: {}, max_context_tokens: 0 } },
      String(token),
    )
    return { baseUrl, apiKey: String(apiKey), token: String(token), [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function post(base: string, path: string, json: object, token?: string): Promise<Record<string, unknown>> {
  const response = await fetch(base + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify(json),
  })
  const envelope = (await response.json()) as { status: string; message: string; data: Record<string, unknown> }
  if (envelope.status !== 'ok') throw new Error(`${path}: ${envelope.message}`)
  return envelope.data
}

async function reachable(url: string, patienceMs: number): Promise<void> {
  const end = Date.now() + patienceMs
  for (;;) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return
    if (Date.now() > end) throw new Error(`${url} does not answer`)
    await new Promise(resolve => setTimeout(resolve, 300))
  }
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const probe = createServer()
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
