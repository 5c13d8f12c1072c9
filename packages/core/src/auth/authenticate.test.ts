import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AuthFixture, admin, authFixture, codeOfFailure, here, password } from './auth.testing.ts'

async function fixtureWithKey(
  scopes: string[] = ['im'],
): Promise<AuthFixture & { key: string; keyId: string; token: string }> {
  const fixture = await authFixture()
  const { api_key, key_id } = await fixture.auth.createApiKey({ scopes: scopes as ['im'] }, admin)
  const { data } = await fixture.auth.login({ username: 'astrbot', password }, here)
  return { ...fixture, key: api_key, keyId: key_id, token: data.token }
}

describe('credentials', () => {
  test('are an API key, by bearer or by its own carriers', async () => {
    const { auth, key, keyId } = await fixtureWithKey()
    const identity = { username: `api_key:${keyId}`, scopes: ['im'], apiKeyId: keyId, via: 'api_key' }
    expect(await auth.authenticate({ bearer: key }, 'im')).toEqual(identity)
    expect(await auth.authenticate({ apiKey: key }, 'im')).toEqual(identity)
  })

  test('are a dashboard token, by bearer or cookie', async () => {
    const { auth, token } = await fixtureWithKey()
    for (const scope of ['im', 'system', 'tool', 'kb', 'chat:admin']) {
      expect(await auth.authenticate({ bearer: token }, scope)).toMatchObject({ via: 'jwt', scopes: ['*'] })
      expect(await auth.authenticate({ cookieToken: token }, scope)).toMatchObject({ username: 'astrbot' })
    }
  })

  test('are judged in order: bearer, key, cookie', async () => {
    const { auth, key, token } = await fixtureWithKey()
    expect(await codeOfFailure(auth.authenticate({ bearer: 'not.a.jwt', apiKey: key, cookieToken: token }, 'im'))).toBe(
      'invalid_token',
    )
    expect(await codeOfFailure(auth.authenticate({ apiKey: 'abk_unknown', cookieToken: token }, 'im'))).toBe(
      'invalid_api_key',
    )
    expect(await auth.authenticate({ apiKey: key, cookieToken: 'not.a.jwt' }, 'im')).toMatchObject({ via: 'api_key' })
  })

  test.each([
    [{}, 'missing_credentials'],
    [{ bearer: '', apiKey: '', cookieToken: '' }, 'missing_credentials'],
    [{ bearer: 'not.a.jwt' }, 'invalid_token'],
    [{ bearer: 'abk_' }, 'invalid_api_key'],
    [{ bearer: 'abk_unknown' }, 'invalid_api_key'],
    [{ apiKey: 'abk_unknown' }, 'invalid_api_key'],
    [{ apiKey: 'no key at all' }, 'invalid_api_key'],
    [{ apiKey: `abk_${'x'.repeat(100_000)}` }, 'invalid_api_key'],
    [{ cookieToken: 'not.a.jwt' }, 'invalid_token'],
  ])('%j end in %s, for keys and for the dashboard alike', async (credentials, code) => {
    const { auth } = await authFixture()
    expect(await codeOfFailure(auth.authenticate(credentials, 'im'))).toBe(code)
    expect(await codeOfFailure(auth.authenticate(credentials, 'system'))).toBe(code)
  })

  test('come before rights: only a good key learns what it lacks', async () => {
    const { auth, key, keyId } = await fixtureWithKey()
    for (const scope of ['system', 'tool', 'kb', 'chat']) {
      await expect(auth.authenticate({ apiKey: key }, scope)).rejects.toMatchObject({
        code: 'insufficient_scope',
        data: { required_scope: scope },
      })
      expect(await codeOfFailure(auth.authenticate({ apiKey: `${key}x` }, scope))).toBe('invalid_api_key')
    }
    await auth.revokeApiKey(keyId)
    expect(await codeOfFailure(auth.authenticate({ apiKey: key }, 'system'))).toBe('invalid_api_key')
  })

  test('of a key that holds everything do not open the dashboard', async () => {
    const { auth, key, store } = await fixtureWithKey()
    await store.db.updateTable('api_keys').set({ scopes: '["*"]' }).execute()
    await auth.authenticate({ apiKey: key }, 'chat:admin')
    expect(await codeOfFailure(auth.authenticate({ apiKey: key }, 'system'))).toBe('insufficient_scope')
  })

  test('that lack the scope do not count as use', async () => {
    const { auth, key } = await fixtureWithKey()
    await codeOfFailure(auth.authenticate({ apiKey: key }, 'chat'))
    expect(await auth.listApiKeys()).toMatchObject([{ last_used_at: null }])
    await auth.authenticate({ apiKey: key }, 'im')
    expect(await auth.listApiKeys()).toMatchObject([{ last_used_at: '2026-07-06T04:00:00+00:00' }])
  })

  test('imply bot and provider from config, also in old rows', async () => {
    const { auth, key, store } = await fixtureWithKey()
    await store.db.updateTable('api_keys').set({ scopes: '["config"]' }).execute()
    for (const scope of ['config', 'bot', 'provider']) await auth.authenticate({ apiKey: key }, scope)
    expect(await codeOfFailure(auth.authenticate({ apiKey: key }, 'config:edit_admin'))).toBe('insufficient_scope')
  })

  test('of any other shape never get in, and never end in anything but a 401', async () => {
    const { auth, key, token } = await fixtureWithKey()
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('abk_', 'abk_x', 'eyJ', key.slice(0, -1), token.slice(0, -1), `${key} `, key.toUpperCase()),
    )
    const credential = fc.option(text, { nil: undefined })
    await fc.assert(
      fc.asyncProperty(credential, credential, credential, async (bearer, apiKey, cookieToken) => {
        const code = await codeOfFailure(auth.authenticate({ bearer, apiKey, cookieToken }, 'im'))
        expect(['missing_credentials', 'invalid_api_key', 'invalid_token']).toContain(code)
      }),
    )
  })
})
