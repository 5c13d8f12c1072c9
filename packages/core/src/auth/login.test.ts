import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { day } from '../clock.ts'
import { describeEveryStore } from '../store/every-store.testing.ts'
import {
  authFixture,
  codeOf,
  codeOfFailure,
  here,
  password,
  quickHash,
  recoveryCode,
  totpSecret,
  withTotp,
} from './auth.testing.ts'

const right = { username: 'astrbot', password }

describe('login', () => {
  test('answers a token for the right name and password', async () => {
    const { auth } = await authFixture()
    expect(await auth.login(right, here)).toEqual({
      data: {
        token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        username: 'astrbot',
        change_pwd_hint: false,
        md5_pwd_hint: false,
        password_upgrade_required: false,
      },
    })
  })

  test.each([
    { username: 'astrbot', password: 'Wrong-Horse-9' },
    { username: 'nobody', password },
    { username: ' astrbot', password },
    { username: 'Astrbot', password },
    { username: '', password: '' },
  ])('refuses %j without saying what is wrong', async request => {
    const { auth } = await authFixture()
    await expect(auth.login(request, here)).rejects.toMatchObject({ code: 'invalid_credentials', data: {} })
  })

  test('still takes an MD5 of old times, and says what is to be done', async () => {
    const { auth } = await authFixture({
      dashboard: {
        pbkdf2_password: '',
        password: createHash('md5').update(password).digest('hex'),
      },
    })
    const { data } = await auth.login(right, here)
    expect(data).toMatchObject({ md5_pwd_hint: true, password_upgrade_required: true, change_pwd_hint: false })
    expect(await codeOfFailure(auth.login({ ...right, password: 'Wrong-Horse-9' }, here))).toBe('invalid_credentials')
  })

  test('hints at a first or default password, except in a demo', async () => {
    const first = await authFixture({ dashboard: { password_change_required: true } })
    expect((await first.auth.login(right, here)).data).toMatchObject({ change_pwd_hint: true, md5_pwd_hint: false })
    for (const demoMode of [false, true]) {
      const { auth } = await authFixture({
        options: { demoMode },
        dashboard: { pbkdf2_password: quickHash('astrbot') },
      })
      const { data } = await auth.login({ username: 'astrbot', password: 'astrbot' }, here)
      expect(data).toMatchObject({
        change_pwd_hint: !demoMode,
        md5_pwd_hint: !demoMode,
        password_upgrade_required: false,
      })
    }
  })

  test('asks no code while two-factor sign-in is incomplete', async () => {
    for (const field of ['secret', 'recovery_code_hash'] as const) {
      const { auth } = await authFixture({
        prepare: draft => {
          withTotp(draft)
          draft.dashboard.totp[field] = ' '
        },
      })
      await auth.login(right, here)
    }
  })
})

describeEveryStore('login with a second factor', stores => {
  const fixture = async () => authFixture({ place: await stores.place(), prepare: withTotp })

  test('asks for the code only after the right password', async () => {
    const { auth } = await fixture()
    expect(await codeOfFailure(auth.login({ ...right, password: 'Wrong-Horse-9' }, here))).toBe('invalid_credentials')
    for (const code of [undefined, null, '', '  '])
      await expect(auth.login(code === undefined ? right : { ...right, code }, here)).rejects.toMatchObject({
        code: 'totp_required',
        data: { totp_required: true },
      })
  })

  test('takes each code once', async () => {
    const { auth, clock } = await fixture()
    const code = codeOf(totpSecret, clock)
    const wrong = code === '000000' ? '000001' : '000000'
    expect(await codeOfFailure(auth.login({ ...right, code: wrong }, here))).toBe('invalid_totp_code')
    expect((await auth.login({ ...right, code }, here)).trustedDevice).toBeUndefined()
    expect(await codeOfFailure(auth.login({ ...right, code }, here))).toBe('invalid_totp_code')
  })

  test('trusts a device for thirty days', async () => {
    const { auth, clock } = await fixture()
    const { trustedDevice } = await auth.login(
      { ...right, code: codeOf(totpSecret, clock), trust_device_flag: true },
      here,
    )
    expect(trustedDevice).toMatch(/^[\w-]{64}$/)
    const origin = { ...here, trustedDevice }
    expect(await auth.login({ ...right, trust_device_flag: true }, origin)).not.toHaveProperty('trustedDevice')
    expect(await codeOfFailure(auth.login(right, { ...here, trustedDevice: 'x'.repeat(64) }))).toBe('totp_required')
    clock.advance(30 * day - 1)
    await auth.login(right, origin)
    clock.advance(1)
    expect(await codeOfFailure(auth.login(right, origin))).toBe('totp_required')
  })

  test('stores no trusted device in the clear, and drops expired ones', async () => {
    const { auth, clock, store } = await fixture()
    const { trustedDevice } = await auth.login(
      { ...right, code: codeOf(totpSecret, clock), trust_device_flag: true },
      here,
    )
    const rows = await store.db.selectFrom('dashboard_trusted_devices').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(trustedDevice)
    expect(rows).toMatchObject([
      { totp_secret_hash: createHash('sha256').update(totpSecret).digest('hex'), expires_at: clock.now() + 30 * day },
    ])
    clock.advance(31 * day)
    await codeOfFailure(auth.login(right, { ...here, trustedDevice }))
    expect(await store.db.selectFrom('dashboard_trusted_devices').selectAll().execute()).toEqual([])
  })

  test.each(['totp', 'jwt_secret'] as const)('forgets devices when %s changes', async what => {
    const { auth, clock, config } = await fixture()
    const { trustedDevice } = await auth.login(
      { ...right, code: codeOf(totpSecret, clock), trust_device_flag: true },
      here,
    )
    await config.update(({ dashboard }) => {
      if (what === 'totp') dashboard.totp.secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
      else dashboard.jwt_secret = 'another secret'
    })
    expect(await codeOfFailure(auth.login(right, { ...here, trustedDevice }))).toBe('totp_required')
  })

  test('lets a recovery code in once, which switches the second factor off', async () => {
    const { auth, clock, config, store } = await fixture()
    await auth.login({ ...right, code: codeOf(totpSecret, clock), trust_device_flag: true }, here)
    expect(await codeOfFailure(auth.login({ ...right, code: 'WRONG' }, here))).toBe('invalid_recovery_code')
    const both = await Promise.allSettled(
      [1, 2].map(() => auth.login({ ...right, code: recoveryCode.toLowerCase(), trust_device_flag: true }, here)),
    )
    expect(both.filter(result => result.status === 'fulfilled')).toHaveLength(1)
    expect(config.get().dashboard.totp).toEqual({ enable: false, secret: '', recovery_code_hash: '' })
    expect(await store.db.selectFrom('dashboard_trusted_devices').selectAll().execute()).toEqual([])
    await auth.login(right, here)
  })
})
