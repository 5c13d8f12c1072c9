import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allOperations, infoOf, type OperationId, pathOf } from './support/contract.ts'
import { query } from './support/database.ts'
import { epochSeconds, signToken } from './support/secrets.ts'
import { TestServer } from './support/server.ts'

// Every operation × every kind of caller. What passes the door is not let further: it gets a body of one broken byte, so
// that nothing is done; operations without a body are asked for things that do not exist.

const kinds = [
  'nobody',
  'garbage',
  'key without the scope',
  'key with the scope',
  'dashboard token',
  'expired token',
  'revoked key',
  'expired key',
] as const
type Kind = (typeof kinds)[number]
type Outcome = 'pass' | 401 | 403

const grantable = ['bot', 'provider', 'persona', 'im', 'config', 'chat', 'data', 'file', 'plugin', 'mcp', 'skill']
/** `config` brings `bot` and `provider` along, hence a key without those has no `config` either. */
const lacking = (scope: string) =>
  grantable.filter(one => one !== scope && !(one === 'config' && (scope === 'bot' || scope === 'provider')))

let server: TestServer
let dead: Record<'expired token' | 'revoked key' | 'expired key', string>
/** Secrets of keys by what they may do. */
const keyWith = new Map<string, string>()
const keyWithout = new Map<string, string>()

beforeAll(async () => {
  server = await TestServer.start()
  const makeKey = async (scopes: string[]) => (await server.call('createApiKey', { json: { scopes } })).data
  const all = await makeKey([...grantable, 'config:edit_admin', 'chat:admin'])
  for (const scope of grantable) {
    keyWith.set(scope, (await makeKey([scope])).api_key)
    keyWithout.set(scope, (await makeKey(lacking(scope))).api_key)
  }
  // These no key can hold.
  for (const scope of ['system', 'tool', 'kb']) {
    keyWith.set(scope, all.api_key)
    keyWithout.set(scope, all.api_key)
  }
  const revoked = await makeKey(grantable)
  await server.call('revokeApiKey', { params: { key_id: revoked.key_id } })
  const expired = await makeKey(grantable)
  await query(server.dataDir, 'UPDATE api_keys SET expires_at = ? WHERE key_id = ?', Date.now() - 1000, expired.key_id)
  const secret = server.running.bot.config.get().dashboard.jwt_secret
  dead = {
    'expired token': signToken(secret, { username: 'astrbot', exp: epochSeconds(-1) }),
    'revoked key': revoked.api_key,
    'expired key': expired.api_key,
  }
})
afterAll(() => server[Symbol.asyncDispose]())

function headersOf(kind: Kind, id: OperationId): Record<string, string> {
  const scope = infoOf(id).scope ?? 'system'
  switch (kind) {
    case 'nobody':
      return {}
    case 'garbage':
      return { authorization: 'Bearer garbage' }
    case 'key without the scope':
      return { 'x-api-key': keyWithout.get(scope) ?? '' }
    case 'key with the scope':
      return { 'x-api-key': keyWith.get(scope) ?? '' }
    case 'dashboard token':
      return { ...server.credentials.token }
    default:
      return { authorization: `Bearer ${dead[kind]}` }
  }
}

/** What the access an operation declares means for a caller. Written from the contract's words, not from the code. */
function expected(kind: Kind, id: OperationId): Outcome {
  const { access, scope } = infoOf(id)
  if (access === 'public') return 'pass'
  if (kind === 'dashboard token') return 'pass'
  if (kind === 'nobody') return access === 'optional' ? 'pass' : 401
  if (kind === 'key with the scope') return scope !== undefined && grantable.includes(scope) ? 'pass' : 403
  return kind === 'key without the scope' ? 403 : 401
}

async function outcome(kind: Kind, id: OperationId): Promise<Outcome> {
  const { method } = infoOf(id)
  const answer = await server.fetch(pathOf(id), {
    method,
    headers: { 'content-type': 'application/json', ...headersOf(kind, id) },
    ...(method !== 'GET' && { body: '{' }),
  })
  const { data } = ((await answer.json()) ?? {}) as { data?: { code?: string } | null }
  if (answer.status !== 401 && answer.status !== 403) return 'pass'
  // A door that is open may lead to a room that is closed: the setup of an account that has one.
  if (data?.code === 'setup_not_allowed') return 'pass'
  return answer.status
}

describe('authorisation', () => {
  it(`${allOperations.length} operations × ${kinds.length} kinds of caller`, { timeout: 60_000 }, async () => {
    const count = { pass: 0, 401: 0, 403: 0 }
    const wrong: string[] = []
    for (const kind of kinds) {
      const outcomes = await Promise.all(allOperations.map(id => outcome(kind, id)))
      for (const [i, id] of allOperations.entries()) {
        const was = outcomes[i] ?? 'pass'
        count[was]++
        const should = expected(kind, id)
        if (was !== should) wrong.push(`${id} for ${kind}: ${was}, not ${should}`)
      }
    }
    console.log(
      `authorisation: ${allOperations.length} operations × ${kinds.length} callers, ` +
        `${count.pass} pass, ${count[401]} × 401, ${count[403]} × 403, ${wrong.length} wrong`,
    )
    expect(wrong).toEqual([])
  })

  it('lets a key that holds `config` use what belongs to `bot` and `provider`, and nothing else', async () => {
    const config = { 'x-api-key': keyWith.get('config') ?? '' }
    for (const id of allOperations.filter(id => infoOf(id).access === 'key')) {
      const { method, scope = '' } = infoOf(id)
      const answer = await server.fetch(pathOf(id), { method, headers: config })
      const refused = answer.status === 403
      await answer.body?.cancel()
      expect(refused, `${id} (${scope})`).toBe(!['config', 'bot', 'provider'].includes(scope))
    }
  })
})
