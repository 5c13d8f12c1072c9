import { describe, expect, test } from 'vitest'
import type { ConfigDocument } from '../config/index.ts'
import { type AuthFixture, authFixture, codeOfFailure, here, password } from './auth.testing.ts'

const untouched = (draft: ConfigDocument): void => {
  Object.assign(draft.dashboard, { jwt_secret: '', pbkdf2_password: '', password: '' })
}
const login = ({ auth }: AuthFixture, word: string) => auth.login({ username: 'astrbot', password: word }, here)

describe('the first start', () => {
  test('makes a secret, a password and a key that may chat', async () => {
    const fixture = await authFixture({ prepare: untouched })
    const { auth, config } = fixture
    const made = await auth.ensureFirstRun()
    expect(made).toEqual({
      password: expect.stringMatching(/^[A-Za-z0-9]{24}$/),
      apiKey: expect.stringMatching(/^abk_/),
    })
    expect(config.get().dashboard).toMatchObject({
      username: 'astrbot',
      password: '',
      jwt_secret: expect.stringMatching(/^[0-9a-f]{64}$/),
      password_storage_upgraded: true,
      password_change_required: true,
    })
    expect((await login(fixture, made.password ?? '')).data).toMatchObject({ change_pwd_hint: true })
    expect(await auth.setupStatus()).toMatchObject({ setup_required: true })
    expect(await auth.listApiKeys()).toMatchObject([{ name: 'First key', scopes: ['chat'], created_by: 'astrbot' }])
    await auth.authenticate({ apiKey: made.apiKey }, 'chat')
    const before = config.get()
    expect(await auth.ensureFirstRun()).toEqual({})
    expect(config.get()).toBe(before)
  })

  test('takes the password it is given, and does not repeat it', async () => {
    const fixture = await authFixture({ prepare: untouched, options: { initialPassword: 'Given-Horse-1' } })
    expect(await fixture.auth.ensureFirstRun()).toEqual({ apiKey: expect.stringMatching(/^abk_/) })
    await login(fixture, 'Given-Horse-1')
  })

  test('fails on a given password that breaks the policy', async () => {
    const { auth, config } = await authFixture({ prepare: untouched, options: { initialPassword: 'weak' } })
    await expect(auth.ensureFirstRun()).rejects.toThrow(
      'The initial password cannot be used: Password must be at least 8 characters long',
    )
    expect(config.get().dashboard.pbkdf2_password).toBe('')
  })

  test('counts a hash nobody can use as none', async () => {
    const { auth } = await authFixture({ dashboard: { pbkdf2_password: 'broken' } })
    expect(await auth.ensureFirstRun()).toHaveProperty('password')
  })
})

describe('a later start', () => {
  test('leaves the password alone, whatever it is given, and makes no key', async () => {
    const fixture = await authFixture({
      options: { initialPassword: 'weak' },
      dashboard: { password_change_required: true },
    })
    expect(await fixture.auth.ensureFirstRun()).toEqual({})
    await login(fixture, password)
    expect(fixture.config.get().dashboard).toMatchObject({
      password_change_required: true,
      password_storage_upgraded: true,
      jwt_secret: 'a secret of the tests',
    })
    expect(await fixture.auth.listApiKeys()).toEqual([])
  })

  test('makes a new password when told to, which ends the tokens of the old one', async () => {
    const fixture = await authFixture({ options: { resetPassword: true } })
    const { data } = await login(fixture, password)
    const made = await fixture.auth.ensureFirstRun()
    expect(made).toEqual({ password: expect.any(String) })
    expect(await codeOfFailure(login(fixture, password))).toBe('invalid_credentials')
    expect(await codeOfFailure(fixture.auth.authenticate({ bearer: data.token }, 'chat'))).toBe('invalid_token')
    await login(fixture, made.password ?? '')
  })
})
