import { describe, expect, test } from 'vitest'
import { minute } from '../clock.ts'
import {
  type AuthFixture,
  admin,
  authFixture,
  codeOf,
  codeOfFailure,
  here,
  password,
  totpSecret,
  withTotp,
} from './auth.testing.ts'

const other = { ...admin, username: 'somebody-else' }

async function secretFrom({ auth }: AuthFixture, code?: string): Promise<string> {
  const answer = await auth.setupTotp(code === undefined ? {} : { code }, admin, here)
  return 'secret' in answer ? answer.secret : ''
}

describe('switching two-factor sign-in on', () => {
  test('takes a secret, its code, and a save', async () => {
    const fixture = await authFixture()
    const { auth, clock, config } = fixture
    const secret = await secretFrom(fixture)
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(await secretFrom(fixture)).not.toBe(secret)
    const confirmed = await auth.setupTotp({ secret, code: codeOf(secret, clock) }, admin, here)
    if (!('recovery_code' in confirmed)) throw new Error('no recovery code')
    expect(config.get().dashboard.totp.enable).toBe(false)
    await auth.login({ username: 'astrbot', password }, here)
    const next = { enable: true, secret, recovery_code_hash: confirmed.recovery_code_hash }
    expect(auth.approveTotpChange(next, undefined, admin, here)).toBe(true)
    await config.update(draft => {
      draft.dashboard.totp = next
    })
    await auth.settleTotpChange(true, admin)
    expect(await codeOfFailure(auth.login({ username: 'astrbot', password }, here))).toBe('totp_required')
    await auth.login({ username: 'astrbot', password, code: confirmed.recovery_code }, here)
  })

  test('refuses what is incomplete or wrong', async () => {
    const { auth, clock } = await authFixture()
    const setup = (request: { secret?: string | null; code?: string | null }) =>
      codeOfFailure(auth.setupTotp(request, admin, here))
    expect(await setup({ secret: ' ' })).toBe('invalid_login_request')
    expect(await auth.setupTotp({ secret: '' }, admin, here)).toEqual({ secret: expect.any(String) })
    expect(await setup({ secret: totpSecret })).toBe('totp_code_missing')
    expect(await setup({ secret: totpSecret, code: ' ' })).toBe('totp_code_missing')
    expect(await setup({ secret: totpSecret, code: codeOf(totpSecret, clock, 5) })).toBe('totp_code_rejected')
    expect(await setup({ secret: totpSecret, code: codeOf(totpSecret, clock) })).toBe('no error')
    expect(await setup({ secret: totpSecret, code: codeOf(totpSecret, clock) })).toBe('totp_code_rejected')
    expect(await setup({ secret: null, code: null })).toBe('no error')
  })

  test('can be prepared with another recovery code at any time', async () => {
    const { auth } = await authFixture()
    const [a, b] = [await auth.recoverTotp(), await auth.recoverTotp()]
    expect(a.recovery_code).not.toBe(b.recovery_code)
  })
})

describe('replacing the secret', () => {
  test('takes a code of the old one, then a code of the new one', async () => {
    const fixture = await authFixture({ prepare: withTotp })
    const { auth, clock } = fixture
    expect(await codeOfFailure(secretFrom(fixture))).toBe('totp_code_missing')
    expect(await codeOfFailure(secretFrom(fixture, codeOf(totpSecret, clock, 9)))).toBe('totp_code_rejected')
    const secret = await secretFrom(fixture, codeOf(totpSecret, clock))
    const code = codeOf(secret, clock)
    expect(await codeOfFailure(auth.setupTotp({ secret, code }, other, here))).toBe('totp_rotation_not_open')
    await auth.setupTotp({ secret, code }, admin, here)
    clock.advance(minute)
    expect(await codeOfFailure(auth.setupTotp({ secret, code: codeOf(secret, clock) }, admin, here))).toBe(
      'totp_rotation_not_open',
    )
  })

  test('does not use up the code of a rotation that is not open', async () => {
    const fixture = await authFixture({ prepare: withTotp })
    const { auth, clock } = fixture
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
    const code = codeOf(secret, clock)
    expect(await codeOfFailure(auth.setupTotp({ secret, code }, admin, here))).toBe('totp_rotation_not_open')
    await secretFrom(fixture, codeOf(totpSecret, clock))
    await auth.setupTotp({ secret, code }, admin, here)
  })

  test('is closed by another attempt and after ten minutes', async () => {
    const fixture = await authFixture({ prepare: withTotp })
    const { auth, clock } = fixture
    const open = async () => {
      clock.advance(minute)
      return secretFrom(fixture, codeOf(totpSecret, clock))
    }
    const secret = await open()
    await codeOfFailure(secretFrom(fixture))
    expect(await codeOfFailure(auth.setupTotp({ secret, code: codeOf(secret, clock) }, admin, here))).toBe(
      'totp_rotation_not_open',
    )
    await open()
    clock.advance(10 * minute)
    expect(await codeOfFailure(auth.setupTotp({ secret, code: codeOf(secret, clock) }, admin, here))).toBe(
      'totp_rotation_not_open',
    )
  })
})

describe('saving a change of two-factor sign-in', () => {
  const off = { enable: false, secret: '', recovery_code_hash: '' }

  test('takes no code when nothing protected changes', async () => {
    const { auth, config } = await authFixture({ prepare: withTotp })
    expect(auth.approveTotpChange({ ...config.get().dashboard.totp }, undefined, admin, here)).toBe(false)
  })

  test('takes a code of the current secret, or of the one this user confirmed', async () => {
    const fixture = await authFixture({ prepare: withTotp })
    const { auth, clock } = fixture
    const refused = (code: string | undefined, who = admin) =>
      codeOfFailure(() => auth.approveTotpChange(off, code, who, here))
    expect(await refused(undefined)).toBe('totp_required')
    expect(await refused('000000x')).toBe('totp_required')
    const secret = await secretFrom(fixture, codeOf(totpSecret, clock, -1))
    expect(auth.approveTotpChange(off, codeOf(totpSecret, clock), admin, here)).toBe(true)
    await auth.setupTotp({ secret, code: codeOf(secret, clock, -1) }, admin, here)
    expect(await refused(codeOf(secret, clock), other)).toBe('totp_required')
    expect(auth.approveTotpChange(off, codeOf(secret, clock), admin, here)).toBe(true)
    clock.advance(minute)
    await auth.settleTotpChange(true, admin)
    expect(await refused(codeOf(secret, clock))).toBe('totp_required')
  })

  test('takes no recovery code', async () => {
    const { auth } = await authFixture({ prepare: withTotp })
    await expect(async () =>
      auth.approveTotpChange(off, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', admin, here),
    ).rejects.toMatchObject({ code: 'totp_required', data: { totp_required: true } })
  })

  test('makes every trusted device a stranger', async () => {
    const { auth, clock, store } = await authFixture({ prepare: withTotp })
    await auth.login({ username: 'astrbot', password, code: codeOf(totpSecret, clock), trust_device_flag: true }, here)
    await auth.settleTotpChange(false, admin)
    expect(await store.db.selectFrom('dashboard_trusted_devices').selectAll().execute()).toHaveLength(1)
    await auth.settleTotpChange(true, admin)
    expect(await store.db.selectFrom('dashboard_trusted_devices').selectAll().execute()).toEqual([])
  })

  test('counts as an attempt when a code is shown', async () => {
    const { auth } = await authFixture({
      prepare: withTotp,
      dashboard: { auth_rate_limit: { enable: true, average_interval: 1, max_burst: 3 } },
    })
    for (let i = 0; i < 3; i++) await codeOfFailure(() => auth.approveTotpChange(off, '123456', admin, here))
    expect(await codeOfFailure(() => auth.approveTotpChange(off, '123456', admin, here))).toBe('rate_limited')
    expect(await codeOfFailure(() => auth.approveTotpChange(off, undefined, admin, here))).toBe('totp_required')
  })
})
