import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startModelServer } from '@astrbot/testing'
import { expect, it } from 'vitest'
import { Caller } from './support/caller.ts'
import { password } from './support/secrets.ts'
import { modelEnvironment, writeConfig } from './support/server.ts'
import { ServerProcess } from './support/server-process.ts'

// What a server was told in confidence stands nowhere in what it prints, whatever goes wrong.

it('no password, key, token or code reaches the log', async () => {
  const models = await startModelServer()
  const dataDir = await mkdtemp(join(tmpdir(), 'astrbot-secrecy-'))
  await writeConfig(dataDir)
  const vendorKey = 'sk-bad-0123456789abcdefghij'
  const env = { ...modelEnvironment(models), OPENAI_API_KEY: vendorKey, LOG_LEVEL: 'trace' }
  const server = await ServerProcess.start(dataDir, env)
  const secrets = [password, vendorKey]
  try {
    const client = new Caller(server.url)
    const login = { username: 'astrbot', password }
    const { token } = (await client.call('login', { json: login })).data
    const headers = { authorization: `Bearer ${token}` }
    const { api_key } = (await client.call('createApiKey', { headers, json: { scopes: ['chat'] } })).data
    secrets.push(token, api_key)
    const byKey = { 'x-api-key': api_key }
    const tell = (secret: string) => {
      secrets.push(secret)
      return secret
    }

    // The model's vendor refuses the key and quotes it.
    for (const enable_streaming of [true, false]) {
      const json = { username: 'me', session_id: 's', message: 'hi', enable_streaming }
      const events = await (await client.stream('sendChatMessage', { headers: byKey, json })).rest()
      expect(JSON.stringify(events)).not.toContain(vendorKey)
    }
    const history = await client.call('getChatSession', { headers: byKey, params: { session_id: 's' } })
    expect(history.text).not.toContain(vendorKey)

    await client.call('login', { json: { ...login, password: tell('Wrong-Password-1') } })
    await client.call('login', { body: `{"password":"${tell('Broken-Password-2')}"`, type: 'application/json' })
    await client.call('login', { json: { ...login, password: [tell('Listed-Password-3')] } })
    await client.call('setupTotp', {
      headers,
      json: { secret: tell('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'), code: '123456' },
    })
    const recovery = await client.call('recoverTotp', { headers })
    secrets.push(recovery.data.recovery_code)
    await client.call('updateAuthAccount', {
      headers,
      json: { password: tell('Guessed-Password-4'), new_password: tell('New-Password-5') },
    })
    await client.call('listChatSessions', {
      query: { api_key: tell('abk_of_somebody_else_0123456789'), username: 'me' },
    })
    await client.call('listChatSessions', { query: { key: api_key, username: 'me' } })
    await client.call('listApiKeys', {
      headers: { authorization: `Bearer ${tell('eyJhbGciOiJIUzI1NiJ9.eyJ1c2VybmFtZSI6Im1lIn0.c2lnbmF0dXJl')}` },
    })
    await fetch(`${server.url}/nowhere?token=${tell('token-in-a-query-0123')}`, {
      headers: { cookie: `astrbot_dashboard_jwt=${token}` },
    })
    await client.call('revokeApiKey', { headers, params: { key_id: api_key } })

    const config = JSON.parse((await readFile(join(dataDir, 'cmd_config.json'), 'utf8')).slice(1))
    secrets.push(config.dashboard.jwt_secret, config.dashboard.pbkdf2_password)
    expect(await server.end('SIGTERM')).toBe(0)
    expect(server.output).toContain('"level":')
    for (const secret of secrets) expect(server.output, 'a secret was printed').not.toContain(secret)
  } finally {
    await server[Symbol.asyncDispose]()
    await models.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
})

it('the first start shows its password and key once, outside of the log', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'astrbot-secrecy-'))
  try {
    await using first = await ServerProcess.start(dataDir)
    const shown = first.output
    await first.end('SIGTERM')
    const all = first.output
    const secret = /Password +(\S+)/.exec(all)?.[1] ?? ''
    const key = /API key +(abk_\S+)/.exec(all)?.[1] ?? ''
    expect([secret.length, key.length]).toEqual([24, 47])
    expect(shown.length).toBeLessThanOrEqual(all.length)
    const logged = all.split('\n').filter(line => line.startsWith('{'))
    for (const line of logged) {
      expect(line).not.toContain(secret)
      expect(line).not.toContain(key)
    }
    await using second = await ServerProcess.start(dataDir)
    await second.end('SIGTERM')
    expect(second.output).not.toContain(secret)
    expect(second.output).not.toMatch(/abk_/)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})
