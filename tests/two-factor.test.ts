import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cookiesOf } from './support/cookies.ts'
import { password } from './support/secrets.ts'
import { TestServer } from './support/server.ts'
import { totpCode } from './support/totp.ts'

// Two-factor sign-in from the first secret to the last recovery code. Only the day on the wall is made up: codes work
// once, and nobody waits 30 seconds for the next.

let server: TestServer
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  server = await TestServer.start()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  vi.useRealTimers()
})

const login = (more: object = {}, headers: Record<string, string> = {}) =>
  server.call('login', { as: 'nobody', json: { username: 'astrbot', password, ...more }, headers })
const nextCode = () => vi.setSystemTime(Date.now() + 30_000)

/** Confirms a secret over HTTP and switches it on, as a save of the configuration does. */
async function switchOn(): Promise<{ secret: string; recoveryCode: string }> {
  const offered = (await server.call('setupTotp')).data
  const secret = 'secret' in offered ? offered.secret : ''
  const confirmed = await server.call('setupTotp', { json: { secret, code: totpCode(secret) } })
  expect(confirmed.message).toBe('TOTP verified')
  if (!('recovery_code' in confirmed.data)) throw new Error('no recovery code')
  const { recovery_code, recovery_code_hash } = confirmed.data
  await server.running.bot.config.update(draft => {
    draft.dashboard.totp = { enable: true, secret, recovery_code_hash }
  })
  nextCode()
  return { secret, recoveryCode: recovery_code }
}

describe('two-factor sign-in', () => {
  it('asks for a code, takes it once, and says why it refuses', async () => {
    const { secret } = await switchOn()
    expect(await login()).toMatchObject({ status: 401, error: { code: 'totp_required', totp_required: true } })
    expect((await login({ code: ' ' })).error.code).toBe('totp_required')
    expect((await login({ code: '000000', password: 'wrong' })).error.code).toBe('invalid_credentials')
    const code = totpCode(secret)
    expect((await login({ code })).status).toBe(200)
    expect((await login({ code })).error.code).toBe('invalid_totp_code')
    expect((await login({ code: totpCode(secret, 1) })).status).toBe(200)
    expect((await login({ code: totpCode(secret, -1) })).error.code).toBe('invalid_totp_code')
    expect((await login({ code: totpCode(secret, 3) })).error.code).toBe('invalid_totp_code')
  })

  it('lets a trusted device in without a code, until the secret changes', async () => {
    const { secret } = await switchOn()
    const trusted = await login({ code: totpCode(secret), trust_device_flag: true })
    const devices = cookiesOf(trusted.headers).filter(cookie => cookie.name === 'astrbot_totp_trusted_device')
    expect(devices.map(cookie => cookie.attributes)).toEqual(
      ['/api/auth', '/api/v1/auth'].map(path => ({ 'max-age': '2592000', path, httponly: '', samesite: 'Strict' })),
    )
    const cookie = `astrbot_totp_trusted_device=${devices[0]?.value}`
    expect((await login({}, { cookie })).status).toBe(200)
    expect((await login({ password: 'wrong' }, { cookie })).status).toBe(401)
    expect((await login({}, { cookie: `${cookie}x` })).error.code).toBe('totp_required')
    await server.restart()
    expect((await login({}, { cookie })).status).toBe(200)
    vi.setSystemTime(Date.now() + 31 * 24 * 3600_000)
    expect((await login({}, { cookie })).error.code).toBe('totp_required')
    nextCode()
    const again = await login({ code: totpCode(secret), trust_device_flag: true })
    const fresh = `astrbot_totp_trusted_device=${cookiesOf(again.headers)[1]?.value}`
    expect((await login({}, { cookie: fresh })).status).toBe(200)
    await server.running.bot.config.update(draft => {
      draft.dashboard.totp.secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
    })
    expect((await login({}, { cookie: fresh })).error.code).toBe('totp_required')
  })

  it('a recovery code works once, in any dress, and switches it off', async () => {
    const { recoveryCode } = await switchOn()
    expect((await login({ code: 'ABCDEFGH-ABCDEFGH-ABCDEFGH-ABCDEFGH' })).error.code).toBe('invalid_recovery_code')
    const dressed = recoveryCode.toLowerCase().replaceAll('-', ' ')
    const [first, second] = await Promise.all([login({ code: dressed }), login({ code: dressed })])
    expect([first.status, second.status].filter(status => status === 200).length).toBeGreaterThanOrEqual(1)
    expect((await login()).status).toBe(200)
    expect(server.running.bot.config.get().dashboard.totp).toEqual({
      enable: false,
      secret: '',
      recovery_code_hash: '',
    })
  })

  it('a new secret takes a code of the old one first', async () => {
    const { secret } = await switchOn()
    const setup = async (json: object) => {
      const answer = await server.call('setupTotp', { json })
      return answer.status === 200 ? answer.data : answer.error.code
    }
    expect(await setup({})).toBe('totp_code_missing')
    const foreign = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
    expect(await setup({ secret: foreign, code: totpCode(foreign) })).toBe('totp_rotation_not_open')
    expect(await setup({ code: '12345' })).toBe('totp_code_rejected')
    const offered = await setup({ code: totpCode(secret) })
    const next = typeof offered === 'object' && 'secret' in offered ? offered.secret : ''
    expect(next).toMatch(/^[A-Z2-7]{32}$/)
    expect(await setup({ secret: next })).toBe('totp_code_missing')
    expect(await setup({ secret: next, code: totpCode(next) })).toMatchObject({ recovery_code: expect.any(String) })
    nextCode()
    expect(await setup({ secret: next, code: totpCode(next) })).toBe('totp_rotation_not_open')
  })
})
