import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigFile } from '../config/index.ts'
import {
  admin,
  authFixture,
  codeOf,
  codeOfFailure,
  here,
  password,
  quickHash,
  totpSecret,
  withTotp,
} from './auth.testing.ts'

const fresh = 'New-Horse-10'

describe('setup', () => {
  const request = { username: ' proof-admin ', password: fresh, confirm_password: fresh }

  test('is required while a new password is demanded, and done by it', async () => {
    const { auth, config } = await authFixture({
      dashboard: { password_change_required: true },
    })
    expect(await auth.setupStatus()).toEqual({
      setup_required: true,
      skip_default_password_auth: false,
      password_upgrade_required: false,
    })
    const data = await auth.setup(request, admin, here)
    expect(data).toMatchObject({
      username: 'proof-admin',
      change_pwd_hint: false,
      md5_pwd_hint: false,
      password_upgrade_required: false,
    })
    expect(await auth.authenticate({ bearer: data.token }, 'system')).toMatchObject({ username: 'proof-admin' })
    expect(config.get().dashboard).toMatchObject({
      username: 'proof-admin',
      password: '',
      password_storage_upgraded: true,
      password_change_required: false,
    })
    expect(config.get().admins_id).toEqual(['proof-admin'])
    expect(await auth.setupStatus()).toMatchObject({ setup_required: false })
    expect(await codeOfFailure(auth.setup(request, admin, here))).toBe('setup_not_required')
    await auth.login({ username: 'proof-admin', password: fresh }, here)
  })

  test('is required for the default pair, asked once per stored password', async () => {
    const { auth, config } = await authFixture({
      dashboard: { pbkdf2_password: quickHash('astrbot') },
    })
    expect(await auth.setupStatus()).toMatchObject({ setup_required: true })
    await config.update(draft => Object.assign(draft.dashboard, { username: 'other' }))
    expect(await auth.setupStatus()).toMatchObject({ setup_required: false })
    await config.update(
      draft => void Object.assign(draft.dashboard, { username: 'astrbot', pbkdf2_password: quickHash('else') }),
    )
    expect(await auth.setupStatus()).toMatchObject({ setup_required: false })
  })

  test('is not required in a demo, nor for a password of old times', async () => {
    const demo = await authFixture({
      options: { demoMode: true },
      dashboard: { password_change_required: true },
    })
    expect(await demo.auth.setupStatus()).toMatchObject({ setup_required: false })
    const old = await authFixture({
      dashboard: {
        pbkdf2_password: '',
        password: createHash('md5').update('x').digest('hex'),
      },
    })
    expect(await old.auth.setupStatus()).toEqual({
      setup_required: false,
      skip_default_password_auth: false,
      password_upgrade_required: true,
    })
  })

  test.each([
    ['127.0.0.1', undefined, true],
    ['localhost', undefined, true],
    ['::1', undefined, true],
    ['0.0.0.0', undefined, false],
    ['0.0.0.0', '127.0.0.1', true],
    ['127.0.0.1', '0.0.0.0', false],
  ])('without a token: listening on %s (start option %s) allows it: %s', async (host, option, allowed) => {
    const { auth } = await authFixture({
      options: { skipDefaultPasswordAuth: true, host: option },
      dashboard: { host, password_change_required: true },
    })
    expect(await auth.setupStatus()).toMatchObject({ skip_default_password_auth: allowed })
    expect(await codeOfFailure(auth.setup(request, null, here))).toBe(allowed ? 'no error' : 'setup_not_allowed')
  })

  test('without a token is not allowed by default, whatever else is wrong', async () => {
    const { auth } = await authFixture({ dashboard: { host: '127.0.0.1' } })
    expect(await codeOfFailure(auth.setup(request, null, here))).toBe('setup_not_allowed')
  })

  test.each([
    [{ username: ' ab ', password: '', confirm_password: 'x' }, 'username_too_short'],
    [{ username: 'a!bc', password: '', confirm_password: 'x' }, 'invalid_username'],
    [{ username: 'abc', password: '', confirm_password: 'x' }, 'password_missing'],
    [{ username: 'abc', password: 'short', confirm_password: 'x' }, 'passwords_differ'],
    [{ username: 'abc', password: 'short', confirm_password: 'short' }, 'password_too_short'],
    [{ username: 'abc', password: 'alllowercase1', confirm_password: 'alllowercase1' }, 'password_needs_uppercase'],
  ])('refuses %j', async (bad, code) => {
    const { auth, config } = await authFixture({
      dashboard: { password_change_required: true },
    })
    const before = config.get()
    expect(await codeOfFailure(auth.setup(bad, admin, here))).toBe(code)
    expect(config.get()).toBe(before)
  })
})

describe('changing the account', () => {
  test.each([
    [{ password: '' }, 'invalid_login_request'],
    [{ password: 'Wrong-Horse-9', new_username: 'someone' }, 'wrong_current_password'],
    [{ password }, 'nothing_to_change'],
    [{ password, new_username: '', new_password: '' }, 'nothing_to_change'],
    [{ password, new_username: null, new_password: null }, 'nothing_to_change'],
    [{ password, new_username: ' ab ' }, 'username_too_short'],
    [{ password, new_username: '   ' }, 'username_too_short'],
    [{ password, new_username: 'some!one' }, 'invalid_username'],
    [{ password, new_password: fresh }, 'passwords_differ'],
    [{ password, new_password: fresh, confirm_password: `${fresh}x` }, 'passwords_differ'],
    [{ password, new_password: 'short', confirm_password: 'short' }, 'password_too_short'],
    [{ password, new_username: 'someone', new_password: 'short', confirm_password: 'short' }, 'password_too_short'],
  ])('by %j is refused, and nothing is written', async (request, code) => {
    const { auth, config } = await authFixture()
    const before = config.get()
    expect(await codeOfFailure(auth.updateAccount(request, here))).toBe(code)
    expect(config.get()).toBe(before)
  })

  test('is refused in a demo before anything is checked', async () => {
    const { auth } = await authFixture({ options: { demoMode: true } })
    expect(await codeOfFailure(auth.updateAccount({ password: 'Wrong-Horse-9' }, here))).toBe('demo_mode')
  })

  test('demands a new password where the old one must go', async () => {
    const upgrade = await authFixture({
      dashboard: {
        pbkdf2_password: '',
        password: createHash('md5').update(password).digest('hex'),
      },
    })
    const change = await authFixture({ dashboard: { password_change_required: true } })
    for (const { auth, config } of [upgrade, change]) {
      expect(await codeOfFailure(auth.updateAccount({ password, new_username: 'someone' }, here))).toBe(
        'new_password_required',
      )
      await auth.updateAccount({ password, new_password: fresh, confirm_password: fresh }, here)
      expect(config.get().dashboard).toMatchObject({
        password: '',
        password_storage_upgraded: true,
        password_change_required: false,
        token_version: 1,
      })
      expect((await auth.login({ username: 'astrbot', password: fresh }, here)).data).toMatchObject({
        password_upgrade_required: false,
      })
    }
  })

  test('to a new name takes along what the account owns', async () => {
    const { auth, config } = await authFixture({
      prepare: draft => Object.assign(draft, { admins_id: ['astrbot', 42, 'friend'] }),
    })
    await auth.createApiKey({}, admin)
    await auth.createApiKey({}, { ...admin, username: 'somebody-else' })
    const renames: string[] = []
    auth.onRename(async (from, to) => void renames.push(`${from} → ${to}, still ${config.get().dashboard.username}`))
    await auth.updateAccount({ password, new_username: ' proof-admin ' }, here)
    expect(renames).toEqual(['astrbot → proof-admin, still astrbot'])
    expect(config.get().dashboard.username).toBe('proof-admin')
    expect(config.get().admins_id).toEqual(['proof-admin', 42, 'friend'])
    expect((await auth.listApiKeys()).map(key => key.created_by)).toEqual(['somebody-else', 'proof-admin'])
    expect(await codeOfFailure(auth.login({ username: 'astrbot', password }, here))).toBe('invalid_credentials')
    await auth.login({ username: 'proof-admin', password }, here)
    await auth.updateAccount({ password, new_username: 'proof-admin' }, here)
    expect(renames).toHaveLength(1)
  })

  test('keeps the old name when what it owns cannot be moved', async () => {
    const { auth, config } = await authFixture()
    auth.onRename(() => Promise.reject(new Error('busy')))
    await expect(auth.updateAccount({ password, new_username: 'proof-admin' }, here)).rejects.toThrow('busy')
    expect(config.get().dashboard.username).toBe('astrbot')
  })

  test('to a new password forgets trusted devices', async () => {
    const { auth, clock } = await authFixture({ prepare: withTotp })
    const { trustedDevice } = await auth.login(
      { username: 'astrbot', password, code: codeOf(totpSecret, clock), trust_device_flag: true },
      here,
    )
    await auth.updateAccount({ password, new_username: 'proof-admin' }, here)
    await auth.login({ username: 'proof-admin', password }, { ...here, trustedDevice })
    await auth.updateAccount({ password, new_password: fresh, confirm_password: fresh }, here)
    expect(
      await codeOfFailure(auth.login({ username: 'proof-admin', password: fresh }, { ...here, trustedDevice })),
    ).toBe('totp_required')
  })

  test('is on disk when it is answered', async () => {
    const { auth, config } = await authFixture()
    await auth.updateAccount({ password, new_username: 'proof-admin' }, here)
    const reread = await ConfigFile.open(dirname(config.path))
    expect(reread.get().dashboard.username).toBe('proof-admin')
  })
})
