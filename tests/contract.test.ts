import { printCoverage } from '@astrbot/testing'
import { describe, expect, it } from 'vitest'
import { checker } from './support/checker.ts'
import {
  bodySchemaOf,
  builtOperations,
  contract,
  declarationOf,
  infoOf,
  type OperationId,
  pathOf,
  unbuiltOperations,
} from './support/contract.ts'
import { eventOf } from './support/events.ts'
import { bodies, queryFor } from './support/examples.ts'
import { fieldsOf, jsonTypes, samples, tellsOf, withValue } from './support/fields.ts'
import { password } from './support/secrets.ts'
import { type Role, TestServer } from './support/server.ts'
import { narrow, server } from './support/two-servers.ts'

// Every built operation answers with success and with every status it declares. Each answer is held against the
// contract by `call`; the table at the end says what is missing.

/** What this file calls with success; other operations have files of their own. */
const chat: OperationId[] = [
  'sendChatMessage',
  'resumeChatRun',
  'listChatSessions',
  'createChatSession',
  'getChatSession',
  'updateChatSession',
  'deleteChatSession',
  'batchDeleteChatSessions',
  'stopChatSession',
  'listChatConfigs',
]
const spine = builtOperations.filter(id => ['Auth', 'API Keys'].includes(infoOf(id).tag) || chat.includes(id))

/** A role that may call the operation. */
const roleFor = (id: OperationId): Role => (infoOf(id).scope === 'chat' ? 'key' : 'token')
const declares = (status: number) => builtOperations.filter(id => infoOf(id).statuses.includes(status))
const withBody = builtOperations.filter(id => bodySchemaOf(id) !== undefined)
const example = (id: OperationId) => ({ query: queryFor(id), ...(bodies[id] && { json: bodies[id] }) })

describe('what every operation refuses in the same way', () => {
  const guarded = builtOperations.filter(id => ['token', 'key'].includes(infoOf(id).access))

  it.each(guarded)('%s without a credential is 401', async id => {
    const answer = await server.call(id, { as: 'nobody', ...example(id) })
    expect(answer).toMatchObject({ status: 401, error: { code: 'missing_credentials' } })
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  })

  it.each(guarded)('%s with a key that lacks the scope is 403', async id => {
    const answer = await server.call(id, { as: infoOf(id).scope === 'persona' ? 'key' : 'weakKey', ...example(id) })
    expect(answer).toMatchObject({
      status: 403,
      error: { code: 'insufficient_scope', required_scope: infoOf(id).scope },
    })
  })

  it.each(withBody)('%s with half a JSON text is 400', async id => {
    const half = JSON.stringify(bodies[id] ?? {}).slice(0, -1)
    const answer = await server.call(id, { as: roleFor(id), query: queryFor(id), body: half, type: 'application/json' })
    expect(answer).toMatchObject({ status: 400, error: { code: 'malformed_json' } })
  })

  it.each(withBody)('%s with more than the limit is 413', async id => {
    const answer = await narrow.call(id, {
      as: roleFor(id),
      query: queryFor(id),
      json: { ...bodies[id], more: 'x'.repeat(2000) },
    })
    expect(answer).toMatchObject({ status: 413, error: { code: 'payload_too_large' } })
  })

  it.each(withBody)('%s with a form is 415', async id => {
    const answer = await server.call(id, {
      as: roleFor(id),
      query: queryFor(id),
      body: 'a=b',
      type: 'application/x-www-form-urlencoded',
    })
    expect(answer).toMatchObject({ status: 415, error: { code: 'unsupported_media_type' } })
  })

  it.each(withBody.filter(id => spine.includes(id)))(
    '%s with a value of the wrong type is 422 and names the place',
    async id => {
      let count = 0
      for (const field of fieldsOf(bodySchemaOf(id) ?? {})) {
        for (const type of jsonTypes.filter(candidate => !field.takes(candidate))) {
          const json = withValue(bodies[id], field.path, samples[type])
          const answer = await server.call(id, { as: roleFor(id), json })
          expect(answer, `${field.name} as ${type}`).toMatchObject({
            status: 422,
            error: { code: 'validation_failed' },
          })
          const told = answer.error.issues?.map(issue => issue.path) ?? []
          expect(
            told.some(path => tellsOf(path, field.name)),
            `${field.name} as ${type}: told ${told}`,
          ).toBe(true)
          count++
        }
      }
      expect(count).toBeGreaterThan(4)
    },
  )

  /** What is none of a credential's characters makes it a wrong one: 401, as the tests of sockets show. */
  const isCredential = (name: string) => ['api_key', 'key', 'token'].includes(name)
  const parameters = declares(422).flatMap(id =>
    (declarationOf(id).parameters ?? [])
      .filter(({ in: where, name }) => where !== 'header' && !(infoOf(id).stream === 'socket' && isCredential(name)))
      .map(({ name, schema, in: where }) => ({ id, name, schema, where })),
  )
  it.each(parameters)('$id with NUL in $where $name is 422', async ({ id, name, where }) => {
    const answer = await server.call(id, {
      as: roleFor(id),
      ...(bodies[id] && { json: bodies[id] }),
      ...(where === 'path' ? { params: { [name]: 'a\0b' } } : { query: { ...queryFor(id), [name]: 'a\0b' } }),
    })
    expect(answer).toMatchObject({
      status: 422,
      error: { code: 'validation_failed', issues: [{ path: `${where}.${name}` }] },
    })
  })

  it.each(parameters.filter(({ schema }) => schema.type === 'integer'))(
    '$id with words for $name is 422',
    async ({ id, name }) => {
      for (const value of ['abc', '', '1.5', '1e3', ' 1', '0x10', '99999999999999999999']) {
        const answer = await server.call(id, { as: roleFor(id), query: { ...queryFor(id), [name]: value } })
        expect(answer.status, `${name}=${value}`).toBe(422)
        expect(answer.error.issues?.[0]?.path).toBe(`query.${name}`)
      }
    },
  )

  it('resumeChatRun with a Last-Event-ID that is none is 422', async () => {
    const answer = await server.call('resumeChatRun', { headers: { 'last-event-id': 'not a number:x' } })
    expect(answer).toMatchObject({ status: 422, error: { issues: [{ path: 'header.Last-Event-ID' }] } })
  })
})

describe('operations that are not built', () => {
  /** A socket says in its own words, once it is open, why it refuses; without an upgrade the contract declares nothing. */
  const statusOf = async (id: OperationId, as: Role) => {
    if (infoOf(id).stream !== 'socket') return (await server.call(id, { as })).status
    return (await server.fetch(pathOf(id), { headers: server.credentials[as] })).status
  }

  it(`all ${unbuiltOperations.length} answer 501 after credentials and scope`, async () => {
    for (const id of unbuiltOperations) {
      const { access, scope } = infoOf(id)
      const open = access === 'public' || access === 'optional'
      expect(await statusOf(id, 'token'), id).toBe(501)
      expect(await statusOf(id, 'nobody'), id).toBe(open ? 501 : 401)
      if (access !== 'public') expect(await statusOf(id, 'weakKey'), id).toBe(scope === 'persona' ? 501 : 403)
    }
    const answer = await server.call('createBackup')
    expect(answer).toMatchObject({ status: 501, error: { code: 'not_implemented' } })
  })
})

describe('Auth', () => {
  it('login', async () => {
    const right = await server.call('login', { as: 'nobody', json: { username: 'astrbot', password } })
    expect(right).toMatchObject({
      status: 200,
      data: { username: 'astrbot', change_pwd_hint: false, md5_pwd_hint: false },
    })
    const wrong = await server.call('login', { as: 'nobody', json: bodies.login })
    expect(wrong).toMatchObject({ status: 401, error: { code: 'invalid_credentials' } })
  })

  it('logout and getAuthSetupStatus', async () => {
    expect(await server.call('logout', { as: 'nobody' })).toMatchObject({ status: 200, message: 'Logged out' })
    expect((await server.call('getAuthSetupStatus', { as: 'nobody' })).data).toEqual({
      setup_required: false,
      skip_default_password_auth: false,
      password_upgrade_required: false,
    })
  })

  it('setupAuth', async () => {
    const garbage = { authorization: 'Bearer garbage' }
    const json = bodies.setupAuth
    expect((await server.call('setupAuth', { as: 'nobody', headers: garbage, json })).error.code).toBe('invalid_token')
    expect((await server.call('setupAuth', { as: 'nobody', json })).error.code).toBe('setup_not_allowed')
    expect((await server.call('setupAuth', { as: 'key', json })).error.code).toBe('insufficient_scope')
    expect(await server.call('setupAuth', { json })).toMatchObject({
      status: 409,
      error: { code: 'setup_not_required' },
    })

    await using fresh = await TestServer.start({ dashboard: { password_change_required: true } })
    const weak = { ...json, password: 'weak', confirm_password: 'weak' }
    expect(await fresh.call('setupAuth', { json: weak })).toMatchObject({
      status: 400,
      error: { code: 'password_too_short' },
    })
    expect(await fresh.call('setupAuth', { json })).toMatchObject({ status: 200, data: { username: 'newcomer' } })
  })

  it('setupTotp and recoverTotp', async () => {
    expect((await server.call('setupTotp')).data).toMatchObject({ secret: expect.stringMatching(/^[A-Z2-7]{32}$/) })
    expect((await server.call('setupTotp', { json: bodies.setupTotp })).error.code).toBe('totp_code_rejected')
    expect((await server.call('recoverTotp')).data.recovery_code).toMatch(/^([A-Z2-7]{8}-){3}[A-Z2-7]{8}$/)
  })

  it('updateAuthAccount', async () => {
    const wrong = await server.call('updateAuthAccount', { json: bodies.updateAuthAccount })
    expect(wrong).toMatchObject({ status: 403, error: { code: 'wrong_current_password' } })
    const nothing = await server.call('updateAuthAccount', { json: { password } })
    expect(nothing).toMatchObject({ status: 400, error: { code: 'nothing_to_change' } })
    await using other = await TestServer.start()
    expect((await other.call('updateAuthAccount', { json: { password, new_username: 'newcomer' } })).status).toBe(200)
  })

  it('guesses are limited: 429 with the seconds to wait', async () => {
    await using slow = await TestServer.start({
      env: { ASTRBOT_TEST_MODE: '' },
      // The login of the fixture is the one attempt.
      dashboard: { auth_rate_limit: { enable: true, average_interval: 500, max_burst: 1 } },
    })
    for (const [id, as] of [
      ['login', 'nobody'],
      ['setupAuth', 'nobody'],
      ['setupTotp', 'token'],
      ['updateAuthAccount', 'token'],
    ] as const) {
      const answer = await slow.call(id, { as, json: bodies[id] })
      expect(answer, id).toMatchObject({ status: 429, error: { code: 'rate_limited' } })
      expect(Number(answer.headers.get('retry-after'))).toBe(answer.error['retry_after'])
      expect(answer.error['retry_after']).toBeGreaterThan(490)
    }
  })
})

describe('API Keys', () => {
  it('createApiKey, listApiKeys, revokeApiKey, deleteApiKey', async () => {
    const created = await server.call('createApiKey', {
      json: { name: ' Mine ', scopes: ['config', 'chat'], expires_in_days: 30 },
    })
    expect(created.data).toMatchObject({
      name: 'Mine',
      scopes: ['config', 'chat', 'bot', 'provider'],
      is_expired: false,
    })
    const { api_key, ...view } = created.data
    expect(api_key).toMatch(/^abk_[\w-]{43}$/)
    expect((await server.call('listApiKeys')).data[0]).toEqual(view)
    const params = { key_id: view.key_id }
    expect((await server.call('revokeApiKey', { params })).status).toBe(200)
    expect((await server.call('listApiKeys')).data[0]?.is_revoked).toBe(true)
    expect((await server.call('deleteApiKey', { params })).status).toBe(200)
    expect((await server.call('listApiKeys')).data.some(key => key.key_id === view.key_id)).toBe(false)
    expect(await server.call('revokeApiKey', { params })).toMatchObject({
      status: 404,
      error: { code: 'api_key_not_found' },
    })
    expect(await server.call('deleteApiKey', { params })).toMatchObject({
      status: 404,
      error: { code: 'api_key_not_found' },
    })
  })

  it.each([
    [{ scopes: [] }, 'scope_required'],
    [{ scopes: ['chat:admin'] }, 'scope_needs_parent'],
    [{ expires_at: '2020-01-01T00:00:00Z' }, 'invalid_expiry'],
  ])('createApiKey with %j is 400', async (json, code) => {
    expect(await server.call('createApiKey', { json })).toMatchObject({ status: 400, error: { code } })
  })
})

describe('Chat', () => {
  it('sendChatMessage and resumeChatRun', async () => {
    const stream = await server.stream('sendChatMessage', {
      as: 'key',
      json: { username: 'alice', message: '[[slow 20 20]]' },
    })
    await stream.until(({ event }) => event.type === 'plain')
    const { run_id } = eventOf(stream.received, 'run_started').data
    const again = await server.stream('resumeChatRun', { as: 'key', params: { run_id } })
    const events = await again.rest()
    expect(events[0]?.event.type).toBe('run_snapshot')
    expect(events.at(-1)?.event.type).toBe('end')
    expect((await server.call('resumeChatRun', { as: 'otherKey', params: { run_id } })).status).toBe(404)
  })

  it.each([
    [{ message: 'hi' }, 400, 'username_missing'],
    [{ username: 'alice', message: [] }, 400, 'message_empty'],
    [{ username: 'astrbot', message: 'hi' }, 403, 'username_reserved'],
    [{ username: 'alice', message: 'hi', config_id: 'none' }, 404, 'config_id_not_found'],
  ])('sendChatMessage with %j is %i %s', async (json, status, code) => {
    expect(await server.call('sendChatMessage', { as: 'key', json })).toMatchObject({ status, error: { code } })
  })

  it('sendChatMessage with the name of two profiles is 409', async () => {
    for (const _ of [1, 2]) await server.call('createConfigProfile', { json: { name: 'Twins' } })
    const json = { username: 'alice', message: 'hi', config_name: 'Twins' }
    expect(await server.call('sendChatMessage', { as: 'key', json })).toMatchObject({
      status: 409,
      error: { code: 'config_name_ambiguous' },
    })
  })

  it('listChatConfigs, the built-in one last', async () => {
    const { data } = await server.call('listChatConfigs', { as: 'key' })
    expect(data.info_list.at(-1)).toMatchObject({ id: 'default', name: 'default' })
  })

  it('listChatSessions in both shapes', async () => {
    expect(Array.isArray((await server.call('listChatSessions')).data)).toBe(true)
    const page = await server.call('listChatSessions', { query: { page: 0, page_size: 1000 } })
    expect(page.data).toMatchObject({ page: 1, page_size: 100 })
    expect((await server.call('listChatSessions', { as: 'key', query: { username: 'alice' } })).data).toMatchObject({
      page_size: 20,
    })
    expect((await server.call('listChatSessions', { as: 'key' })).error.code).toBe('username_missing')
  })

  const onSession = ['getChatSession', 'updateChatSession', 'stopChatSession', 'deleteChatSession'] as const
  it('a session from its creation to its end', async () => {
    const { session_id } = (await server.call('createChatSession')).data
    const params = { session_id }
    for (const id of onSession) {
      const { status, error } = await server.call(id, { as: 'key', params, ...example(id) })
      expect({ id, status, code: error.code }).toEqual({ id, status: 403, code: 'permission_denied' })
      expect((await server.call(id, { params, ...example(id) })).status, id).toBe(200)
    }
    for (const id of onSession) {
      const { status, error } = await server.call(id, { params, ...example(id) })
      expect({ id, status, code: error.code }).toEqual({ id, status: 404, code: 'session_not_found' })
    }
  })

  it('batchDeleteChatSessions', async () => {
    const { session_id } = (await server.call('createChatSession')).data
    const foreign = (await server.call('createChatSession', { as: 'key' })).data.session_id
    const json = { session_ids: [session_id, session_id, foreign] }
    expect((await server.call('batchDeleteChatSessions', { json })).data).toEqual({
      deleted_count: 1,
      failed_count: 2,
      failed_items: [
        { session_id, reason: 'not found' },
        { session_id: foreign, reason: 'permission denied' },
      ],
    })
    const none = await server.call('batchDeleteChatSessions', { json: { session_ids: [] } })
    expect(none).toMatchObject({ status: 400, error: { code: 'session_ids_missing' } })
  })
})

it('leaves no declared answer of a built operation unseen', () => {
  expect(printCoverage({ ...contract }, checker.coverage, spine, console.log)).toBe(0)
})
