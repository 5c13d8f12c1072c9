import { createHash, pbkdf2Sync } from 'node:crypto'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { day } from '../clock.ts'
import { describeEveryStore } from '../store/every-store.testing.ts'
import { astrBotKeyHash } from './api-key-format.ts'
import { admin, authFixture, codeOfFailure } from './auth.testing.ts'

describeEveryStore('API keys', stores => {
  const fixture = async () => authFixture({ place: await stores.place() })

  test('are made with the defaults, and shown in full only once', async () => {
    const { auth, store } = await fixture()
    const made = await auth.createApiKey({}, admin)
    expect(made).toEqual({
      key_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'Untitled API Key',
      key_prefix: made.api_key.slice(0, 12),
      scopes: ['bot', 'provider', 'persona', 'im', 'config', 'chat', 'data', 'file', 'plugin', 'mcp', 'skill'],
      created_by: 'astrbot',
      created_at: '2026-07-06T04:00:00+00:00',
      updated_at: '2026-07-06T04:00:00+00:00',
      last_used_at: null,
      expires_at: null,
      revoked_at: null,
      is_revoked: false,
      is_expired: false,
      api_key: expect.stringMatching(/^abk_[A-Za-z0-9_-]{43}$/),
    })
    const { api_key, ...view } = made
    expect(await auth.listApiKeys()).toEqual([view])
    const row = await store.db.selectFrom('api_keys').selectAll().executeTakeFirstOrThrow()
    expect(JSON.stringify(row)).not.toContain(api_key)
    expect(row).toMatchObject({ key_hash: createHash('sha256').update(api_key).digest('hex'), hash_kind: 'sha256' })
  })

  test('are found by their digest alone, through its index', async () => {
    const { auth, store } = await fixture()
    const { api_key } = await auth.createApiKey({}, admin)
    const other = `abk_${'o'.repeat(43)}`
    await store.db
      .updateTable('api_keys')
      .set({ key_hash: createHash('sha256').update(other).digest('hex') })
      .execute()
    expect(await codeOfFailure(auth.authenticate({ apiKey: api_key }, 'im'))).toBe('invalid_api_key')
    await auth.authenticate({ apiKey: other }, 'im')
    if (stores.dialect === 'postgres') return
    const plan = await sql<{
      detail: string
    }>`explain query plan select * from api_keys where key_hash = ${'x'}`.execute(store.db)
    expect(plan.rows[0]?.detail).toMatch(/USING INDEX .*\(key_hash=\?\)/)
  })

  test('take name, scopes and expiry, and are listed newest first', async () => {
    const { auth, clock } = await fixture()
    const first = await auth.createApiKey(
      { name: '  mine  ', scopes: ['file', 'im', 'file'], expires_in_days: 30 },
      admin,
    )
    expect(first).toMatchObject({ name: 'mine', scopes: ['file', 'im'], expires_at: '2026-08-05T04:00:00+00:00' })
    const sameMoment = await auth.createApiKey({ name: ' ', scopes: ['config'] }, admin)
    expect(sameMoment).toMatchObject({ name: 'Untitled API Key', scopes: ['config', 'bot', 'provider'] })
    clock.advance(1)
    const last = await auth.createApiKey({ expires_at: '2026-07-07T00:00:00+00:00' }, admin)
    expect((await auth.listApiKeys()).map(key => key.key_id)).toEqual([last.key_id, sameMoment.key_id, first.key_id])
  })

  test('are not made from a bad request', async () => {
    const { auth } = await fixture()
    expect(await codeOfFailure(auth.createApiKey({ scopes: [] }, admin))).toBe('scope_required')
    expect(await codeOfFailure(auth.createApiKey({ expires_in_days: 0 }, admin))).toBe('invalid_expiry')
    expect(await auth.listApiKeys()).toEqual([])
  })

  test('stop working when revoked, and stay listed', async () => {
    const { auth, clock } = await fixture()
    const { key_id, api_key } = await auth.createApiKey({}, admin)
    await auth.authenticate({ apiKey: api_key }, 'im')
    clock.advance(1000)
    await auth.revokeApiKey(key_id)
    expect(await codeOfFailure(auth.authenticate({ apiKey: api_key }, 'im'))).toBe('invalid_api_key')
    expect(await auth.listApiKeys()).toMatchObject([
      { key_id, is_revoked: true, revoked_at: '2026-07-06T04:00:01+00:00', updated_at: '2026-07-06T04:00:01+00:00' },
    ])
    clock.advance(1000)
    await auth.revokeApiKey(key_id)
    expect(await auth.listApiKeys()).toMatchObject([{ revoked_at: '2026-07-06T04:00:02+00:00' }])
  })

  test('are gone when deleted', async () => {
    const { auth } = await fixture()
    const { key_id, api_key } = await auth.createApiKey({}, admin)
    await auth.deleteApiKey(key_id)
    expect(await codeOfFailure(auth.authenticate({ apiKey: api_key }, 'im'))).toBe('invalid_api_key')
    expect(await auth.listApiKeys()).toEqual([])
    expect(await codeOfFailure(auth.deleteApiKey(key_id))).toBe('api_key_not_found')
    expect(await codeOfFailure(auth.revokeApiKey(key_id))).toBe('api_key_not_found')
  })

  test('work until the very moment they expire', async () => {
    const { auth, clock } = await fixture()
    const { api_key } = await auth.createApiKey({ expires_in_days: 1 }, admin)
    clock.advance(day - 1)
    await auth.authenticate({ apiKey: api_key }, 'im')
    clock.advance(1)
    expect(await codeOfFailure(auth.authenticate({ apiKey: api_key }, 'im'))).toBe('invalid_api_key')
    expect(await auth.listApiKeys()).toMatchObject([{ is_expired: true, is_revoked: false }])
  })

  test('show their last use at once and write it later, together', async () => {
    const { auth, clock, store } = await fixture()
    const { api_key } = await auth.createApiKey({}, admin)
    const stored = () => store.db.selectFrom('api_keys').select('last_used_at').execute()
    clock.advance(5000)
    await auth.authenticate({ apiKey: api_key }, 'im')
    expect(await auth.listApiKeys()).toMatchObject([
      { last_used_at: '2026-07-06T04:00:05+00:00', updated_at: '2026-07-06T04:00:05+00:00' },
    ])
    expect(await stored()).toEqual([{ last_used_at: null }])
    await auth.close()
    expect(await stored()).toEqual([{ last_used_at: clock.now() }])
    expect(await auth.listApiKeys()).toMatchObject([{ last_used_at: '2026-07-06T04:00:05+00:00' }])
  })

  test('that AstrBot hashed work, and are hashed anew', async () => {
    const { auth, store } = await fixture()
    const key = `abk_${'k'.repeat(43)}`
    const row = {
      key_hash: await astrBotKeyHash(key),
      hash_kind: 'pbkdf2',
      key_prefix: key.slice(0, 12),
      created_by: 'astrbot',
      created_at: 1,
      updated_at: 1,
    } as const
    await store.db
      .insertInto('api_keys')
      .values({ ...row, key_id: 'other', name: 'other', scopes: '["im"]', key_hash: 'f'.repeat(64) })
      .execute()
    await store.db
      .insertInto('api_keys')
      .values({ ...row, key_id: 'old', name: 'old', scopes: null })
      .execute()
    expect(await auth.authenticate({ apiKey: key }, 'im')).toMatchObject({
      apiKeyId: 'old',
      scopes: expect.arrayContaining(['im', 'skill']),
    })
    expect(await codeOfFailure(auth.authenticate({ apiKey: `${key.slice(0, 20)}${'x'.repeat(27)}` }, 'im'))).toBe(
      'invalid_api_key',
    )
    const rows = await store.db.selectFrom('api_keys').select(['key_id', 'hash_kind']).orderBy('key_id').execute()
    expect(rows).toEqual([
      { key_id: 'old', hash_kind: 'sha256' },
      { key_id: 'other', hash_kind: 'pbkdf2' },
    ])
    expect(await auth.authenticate({ apiKey: key }, 'im')).toMatchObject({ apiKeyId: 'old' })
    expect((await auth.listApiKeys()).find(one => one.key_id === 'old')?.scopes).toEqual([])
  })
})

test('the hash of AstrBot is the one it documents', async () => {
  expect(await astrBotKeyHash('abk_x')).toBe(
    pbkdf2Sync('abk_x', 'astrbot_api_key', 100_000, 32, 'sha256').toString('hex'),
  )
})
