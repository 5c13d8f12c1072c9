import { describe, expect, it } from 'vitest'
import { fail, json, ok, serve } from '../../tests/http-server.ts'
import { createClient } from '../client.ts'

const runner = { runner_type: 'local' }
const document = (more: object) => ok({ config: { agent_runner: runner, timezone: 'UTC', ...more }, revision: 'r1' })
const conflict = fail(412, 'revision_conflict', 'The configuration was changed', { revision: 'r2' })

describe('config.edit', () => {
  it('sends the keys that changed, with the revision it started from', async () => {
    await using server = await serve(document({ t2i: false }), ok({ revision: 'r2', changed: ['t2i'], warnings: [] }))
    const client = createClient({ baseUrl: server.url, apiKey: 'abk_1' })
    const edited = await client.config.edit('team a', draft => {
      draft.t2i = true
    })
    expect(edited).toEqual({ revision: 'r2', changed: ['t2i'], warnings: [] })
    const [read, save] = server.seen
    expect([read?.url, save?.url]).toEqual(Array(2).fill('/api/v1/config-profiles/team%20a'))
    expect(save?.headers['if-match']).toBe('"r1"')
    expect(JSON.parse(save?.body ?? '')).toEqual({ agent_runner: runner, t2i: true })
  })

  it('begins again with a fresh copy when somebody was faster', async () => {
    const second = ok({ config: { agent_runner: runner, admins_id: ['a', 'b'] }, revision: 'r2' })
    await using server = await serve(document({ admins_id: ['a'] }), conflict, second, ok({ revision: 'r3' }))
    const client = createClient({ baseUrl: server.url })
    const seen: unknown[] = []
    const edited = await client.config.edit('default', async draft => {
      seen.push(draft.admins_id)
      return { ...draft, admins_id: [...(draft.admins_id ?? []), 'me'] }
    })
    expect(seen).toEqual([['a'], ['a', 'b']])
    expect(edited).toEqual({ revision: 'r3', changed: [], warnings: [] })
    expect(JSON.parse(server.seen[3]?.body ?? '').admins_id).toEqual(['a', 'b', 'me'])
  })

  it('gives up after so many attempts', async () => {
    await using server = await serve(document({}), conflict, document({}), conflict)
    const client = createClient({ baseUrl: server.url })
    const edit = client.config.edit('default', draft => void Object.assign(draft, { t2i: true }), { attempts: 2 })
    await expect(edit).rejects.toMatchObject({ status: 412, code: 'revision_conflict', data: { revision: 'r2' } })
    expect(server.seen).toHaveLength(4)
  })

  it('asks nothing of the server when nothing changes, and passes on what the change throws', async () => {
    await using server = await serve(document({}))
    const client = createClient({ baseUrl: server.url })
    expect(await client.config.edit('default', () => {})).toEqual({ revision: 'r1', changed: [], warnings: [] })
    const broken = client.config.edit('default', () => {
      throw new RangeError('mine')
    })
    await expect(broken).rejects.toThrow('mine')
    expect(server.seen.map(({ method }) => method)).toEqual(['GET', 'GET'])
  })

  it('does not save twice when the answer is lost', async () => {
    await using server = await serve(document({}), response => response.destroy())
    const client = createClient({ baseUrl: server.url, retryDelay: () => 1 })
    const edit = client.config.edit('default', draft => void Object.assign(draft, { t2i: true }))
    await expect(edit).rejects.toMatchObject({ code: 'connection_failed' })
    expect(server.seen.map(({ method }) => method)).toEqual(['GET', 'PUT'])
  })

  it('works with AstrBot itself, which has no revisions and says nothing of what changed', async () => {
    const plain = ok({ config: { agent_runner: runner }, metadata: {} })
    await using server = await serve(plain, json({ status: 'ok', message: 'saved', data: {} }))
    const client = createClient({ baseUrl: server.url })
    expect(await client.config.edit('default', draft => void Object.assign(draft, { t2i: true }))).toEqual({
      changed: [],
      warnings: [],
    })
    expect(server.seen[1]?.headers['if-match']).toBeUndefined()
  })
})

describe('providers', () => {
  it('takes the source back when a model cannot be stored', async () => {
    await using server = await serve(ok({}), ok({}), fail(409, 'provider_exists', 'taken'), ok({}))
    const client = createClient({ baseUrl: server.url })
    const added = client.providers.addOpenAICompatible({ id: 'a/b', baseUrl: 'http://x/v1', models: ['m', 'n'] })
    await expect(added).rejects.toMatchObject({ code: 'provider_exists' })
    expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /api/v1/provider-sources',
      'POST /api/v1/providers',
      'POST /api/v1/providers',
      'DELETE /api/v1/provider-sources/by-id?source_id=a%2Fb',
    ])
  })
})
