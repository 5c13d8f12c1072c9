import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from './support/caller.ts'
import { takesBody } from './support/checker.ts'
import {
  bodySchemaOf,
  builtOperations,
  castsBody,
  declarationOf,
  infoOf,
  type OperationId,
  pathOf,
} from './support/contract.ts'
import { bodies, queryFor } from './support/examples.ts'
import { fieldsOf, samplesOf, without, withValue } from './support/fields.ts'
import { brokenJson, hasBrokenText, nastyValues } from './support/nasty.ts'
import { type Role, TestServer } from './support/server.ts'

// Every field of every built operation gets what nobody should send. The answer is a 4xx in the envelope with a code, or
// a success where the contract allows the value; nothing that was refused has changed anything, and nothing is a 5xx:
// `call` holds every answer against the contract, and the fixture fails when the server has logged an error.

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

const roleFor = (id: OperationId): Role => (infoOf(id).scope === 'chat' ? 'key' : 'token')
const withBody = builtOperations.filter(id => bodySchemaOf(id) !== undefined)
const refused = (answer: Answer<OperationId>, what: string) => {
  expect(answer.status, what).toBeGreaterThanOrEqual(400)
  expect(answer.error.code, what).toMatch(/^[a-z_]+$/)
  expect(answer.message, what).not.toBe('')
}

/** How many keys and sessions there are. */
async function inventory(): Promise<{ keys: number; sessions: number; mine: number }> {
  const { data } = await server.call('listChatSessions', { as: 'key', query: { username: 'alice' } })
  const mine = await server.call('listChatSessions', { query: { page: 1 } })
  return {
    keys: (await server.call('listApiKeys')).data.length,
    sessions: Array.isArray(data) ? -1 : data.total,
    mine: Array.isArray(mine.data) ? -1 : mine.data.total,
  }
}

describe('bodies', () => {
  it.each(withBody)('%s: every field × every nasty value', { timeout: 60_000 }, async id => {
    const before = await inventory()
    let made = 0
    const sessions = new Set<string | undefined>()
    // Every key of the configuration has a test of its own; here its sections will do.
    const fields = samplesOf(fieldsOf(bodySchemaOf(id) ?? {})).filter(({ path }) => !castsBody(id) || path.length <= 2)
    for (const field of fields) {
      const candidates = nastyValues().map(([name, value]) => [name, withValue(bodies[id], field.path, value)] as const)
      if (field.path.length > 0) candidates.push(['nothing', without(bodies[id], field.path)])
      for (const [name, json] of candidates) {
        const what = `${field.name} as ${name}`
        const answer = await server.call(id, { as: roleFor(id), query: queryFor(id), json })
        const unstorable = name.startsWith('200 nested') || name === '__proto__' || hasBrokenText(json)
        const wrong = unstorable || (!castsBody(id) && !takesBody(id, json))
        if (wrong) {
          refused(answer, what)
          expect([400, 422], what).toContain(answer.status)
          const { issues = [] } = answer.error
          if (answer.status === 422) expect(issues[0]?.path, what).toMatch(/^body/)
        } else if (answer.status >= 400) refused(answer, what)
        else {
          made++
          sessions.add(/"session_id":"([^"]*)"/.exec(answer.text)?.[1])
        }
      }
    }
    const after = await inventory()
    // Nothing but what was taken has come about.
    expect(after).toEqual({
      ...before,
      ...(id === 'createApiKey' && { keys: before.keys + made }),
      ...(id === 'sendChatMessage' && { sessions: expect.any(Number) }),
    })
    if (id === 'sendChatMessage') expect(after.sessions - before.sessions).toBeLessThanOrEqual(sessions.size)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it.each(withBody)('%s: what is no JSON is 400', async id => {
    for (const [name, body] of brokenJson) {
      const answer = await server.call(id, { as: roleFor(id), query: queryFor(id), body, type: 'application/json' })
      expect(answer, name).toMatchObject({ status: 400, error: { code: 'malformed_json' } })
    }
  })

  it.each(withBody)('%s: other media types are 415, and no body is 422 where one is needed', async id => {
    const body = JSON.stringify(bodies[id] ?? {})
    for (const type of [
      'text/plain',
      'text/json',
      'application/xml',
      'multipart/form-data; boundary=x',
      'x',
      'a/b/c',
      ';',
    ]) {
      const answer = await server.call(id, { as: roleFor(id), query: queryFor(id), body, type })
      expect(answer, type).toMatchObject({ status: 415, error: { code: 'unsupported_media_type' } })
    }
    const untyped = await server.call(id, {
      as: roleFor(id),
      query: queryFor(id),
      body: new TextEncoder().encode(body),
    })
    expect(untyped.status).toBe(415)
    const none = await server.call(id, { as: roleFor(id), query: queryFor(id) })
    const required = declarationOf(id).requestBody?.required === true
    // What is cast first is checked after its profile was found.
    if (required && !castsBody(id)) expect(none).toMatchObject({ status: 422, error: { issues: [{ path: 'body' }] } })
    else expect(none.status).toBeLessThan(500)
  })

  it('JSON by another name is JSON', async () => {
    for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/problem+json']) {
      const answer = await server.call('login', { as: 'nobody', body: JSON.stringify(bodies.login), type })
      expect(answer, type).toMatchObject({ status: 401, error: { code: 'invalid_credentials' } })
    }
    const bom = `\ufeff${JSON.stringify(bodies.login)}`
    expect((await server.call('login', { as: 'nobody', body: bom, type: 'application/json' })).status).toBe(401)
  })

  it('fields that nobody knows are no trouble', async () => {
    const more = { constructor: 1, toString: null, unknown: [{}] }
    const answer = await server.call('login', { as: 'nobody', json: { ...bodies.login, ...more } })
    expect(answer.status).toBe(401)
    const twice = '{"username":"a","password":"b","username":"astrbot"}'
    expect((await server.call('login', { as: 'nobody', body: twice, type: 'application/json' })).status).toBe(401)
    const inherited = JSON.parse('{"__proto__":{"username":"astrbot","password":"x"}}')
    expect((await server.call('login', { as: 'nobody', json: inherited })).status).toBe(422)
  })
})

describe('paths, queries and headers', () => {
  const texts = [
    '%00',
    '%ED%A0%80',
    '%FF',
    '%',
    '%zz',
    '%2e%2e%2f%2e%2e%2fetc',
    '%27%20OR%201=1--',
    '%F0%9F%98%80',
    'x'.repeat(8000),
  ]

  it.each(builtOperations)('%s takes no harm from its parameters', async id => {
    const { method } = infoOf(id)
    const headers = { ...server.credentials[roleFor(id)], 'content-type': 'application/json' }
    // Broken where there is a body, so that only the door and the parameters are tried.
    const init = { method, headers, ...(bodySchemaOf(id) && { body: '{' }) }
    const parameters = declarationOf(id).parameters ?? []
    const tries: string[] = []
    for (const { name, in: where } of parameters) {
      const base = Object.entries(queryFor(id)).map(([key, value]) => `${key}=${value}`)
      for (const text of texts) {
        if (where === 'path') tries.push(pathOf(id, { [name]: 'PLACE' }).replace('PLACE', text))
        if (where === 'query') tries.push(`${pathOf(id)}?${[...base, `${name}=${text}`].join('&')}`)
      }
      if (where === 'query')
        tries.push(`${pathOf(id)}?${name}=1&${name}=2`, `${pathOf(id)}?${name}`, `${pathOf(id)}?${name}[]=1`)
    }
    tries.push(`${pathOf(id)}?__proto__=1&constructor=2&toString=3&=4&&&?`, `${pathOf(id)}?${'a=1&'.repeat(2000)}`)
    for (const path of tries) {
      const answer = await server.fetch(path, init)
      const text = await answer.text()
      expect(answer.status, path.slice(0, 200)).toBeLessThan(500)
      if (answer.status >= 400) expect(JSON.parse(text).data.code, path.slice(0, 200)).toMatch(/^[a-z_]+$/)
    }
  })

  // Deleting a conversation that is gone already is no failure; its 404 is for one of somebody else.
  const finding = builtOperations.filter(
    id => infoOf(id).path.includes('{') && infoOf(id).statuses.includes(404) && id !== 'deleteConversation',
  )
  it.each(finding)('%s does not find what there is not', async id => {
    const json = bodies[id]
    const unknown = await server.call(id, { as: roleFor(id), query: queryFor(id), ...(json && { json }) })
    expect(unknown.status).toBe(404)
    expect(unknown.error.code).toMatch(/(_not_found|_unavailable)$/)
  })

  it('headers hold nonsense without harm', async () => {
    const nonsense = [
      '\u00ff\u00fe',
      'Bearer',
      'Bearer ',
      'ApiKey',
      'Basic YTpi',
      'Bearer a b c',
      `Bearer ${'x'.repeat(8000)}`,
      '=;=;',
      ',,,',
    ]
    for (const name of [
      'authorization',
      'x-api-key',
      'cookie',
      'accept-language',
      'accept-encoding',
      'x-request-id',
      'x-forwarded-for',
      'last-event-id',
      'origin',
    ]) {
      for (const value of nonsense) {
        const answer = await server.fetch('/api/v1/chat/runs/none/stream', { headers: { [name]: value } })
        expect(answer.status, `${name}: ${value.slice(0, 50)}`).toBe(401)
        await answer.body?.cancel()
      }
    }
    for (const value of ['x:y', ':', ':1', 'run:', 'run:-1', `${'a'.repeat(600)}:1`, 'no-such-id:1e3']) {
      const answer = await server.call('resumeChatRun', { headers: { 'last-event-id': value } })
      expect([404, 422], value).toContain(answer.status)
    }
  })
})
