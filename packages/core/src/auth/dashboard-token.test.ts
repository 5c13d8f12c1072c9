import { createSecretKey } from 'node:crypto'
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { day } from '../clock.ts'
import { type AuthFixture, authFixture, codeOfFailure, here, password } from './auth.testing.ts'

const sign = (claims: JWTPayload, secret = 'a secret of the tests', alg = 'HS256') =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(createSecretKey(secret, 'utf8'))

const use = ({ auth }: AuthFixture, token: string) => auth.authenticate({ bearer: token }, 'system')
const seconds = (fixture: AuthFixture) => fixture.clock.now() / 1000

describe('a dashboard token', () => {
  test('stands for the account, for seven days', async () => {
    const fixture = await authFixture()
    const { data } = await fixture.auth.login({ username: 'astrbot', password }, here)
    expect(await use(fixture, data.token)).toEqual({ username: 'astrbot', scopes: ['*'], apiKeyId: null, via: 'jwt' })
    const claims = JSON.parse(Buffer.from(data.token.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toEqual({ username: 'astrbot', ver: 0, exp: seconds(fixture) + 7 * 86_400 })
    fixture.clock.advance(7 * day - 1000)
    await use(fixture, data.token)
    fixture.clock.advance(1000)
    expect(await codeOfFailure(use(fixture, data.token))).toBe('token_expired')
  })

  test('of AstrBot is accepted, with and without an end', async () => {
    const fixture = await authFixture()
    expect(await use(fixture, await sign({ username: 'somebody' }))).toMatchObject({ username: 'somebody' })
    expect(
      await use(fixture, await sign({ username: 'x', exp: seconds(fixture) + 1, auth_source: 'desktop' })),
    ).toMatchObject({ via: 'jwt' })
    expect(await codeOfFailure(use(fixture, await sign({ username: 'x', exp: seconds(fixture) - 1 })))).toBe(
      'token_expired',
    )
  })

  test.each<[string, JWTPayload]>([
    ['of a plugin page', { username: 'astrbot', token_type: 'plugin_page_asset' }],
    ['of a page session', { username: 'astrbot', purpose: 'page_session', locale: '*' }],
    ['without a name', {}],
    ['with a blank name', { username: ' ' }],
    ['with a name that is none', { username: 7 }],
    ['of another version', { username: 'astrbot', ver: 1 }],
    ['with a strange version', { username: 'astrbot', ver: '0' }],
    ['that begins later', { username: 'astrbot', nbf: 4_000_000_000 }],
    ['issued in the future', { username: 'astrbot', iat: 4_000_000_000 }],
  ])('%s is refused', async (_, claims) => {
    const fixture = await authFixture()
    expect(await codeOfFailure(use(fixture, await sign(claims)))).toBe('invalid_token')
  })

  test('with another signature is refused', async () => {
    const fixture = await authFixture()
    expect(await codeOfFailure(use(fixture, await sign({ username: 'astrbot' }, 'another secret')))).toBe(
      'invalid_token',
    )
    expect(
      await codeOfFailure(
        use(fixture, await sign({ username: 'astrbot' }, 'a secret of the tests'.padEnd(64), 'HS512')),
      ),
    ).toBe('invalid_token')
    expect(await codeOfFailure(use(fixture, new UnsecuredJWT({ username: 'astrbot' }).encode()))).toBe('invalid_token')
    expect(await codeOfFailure(use(fixture, 'not.a.jwt'))).toBe('invalid_token')
  })

  test('follows the secret of the configuration, at once', async () => {
    const fixture = await authFixture()
    const old = await sign({ username: 'astrbot' })
    await use(fixture, old)
    await fixture.config.update(draft => {
      draft.dashboard.jwt_secret = 'another secret'
    })
    expect(await codeOfFailure(use(fixture, old))).toBe('invalid_token')
    await use(fixture, await sign({ username: 'astrbot' }, 'another secret'))
    const { data } = await fixture.auth.login({ username: 'astrbot', password }, here)
    await use(fixture, data.token)
  })

  test('dies with the password, not with the name', async () => {
    const fixture = await authFixture()
    const { data } = await fixture.auth.login({ username: 'astrbot', password }, here)
    const foreign = await sign({ username: 'astrbot' })
    await fixture.auth.updateAccount({ password, new_username: 'proof-admin' }, here)
    expect(await use(fixture, data.token)).toMatchObject({ username: 'proof-admin' })
    await fixture.auth.updateAccount({ password, new_password: 'New-Horse-10', confirm_password: 'New-Horse-10' }, here)
    expect(await codeOfFailure(use(fixture, data.token))).toBe('invalid_token')
    await use(fixture, foreign)
    const again = await fixture.auth.login({ username: 'proof-admin', password: 'New-Horse-10' }, here)
    await use(fixture, again.data.token)
  })

  test('is never checked against an empty secret', async () => {
    const fixture = await authFixture({ dashboard: { jwt_secret: '' } })
    await expect(use(fixture, await sign({ username: 'astrbot' }, 'x'))).rejects.toThrow('jwt_secret is empty')
  })
})
